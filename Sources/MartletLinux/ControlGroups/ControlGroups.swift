import Glibc
package import MartletModel

/// The control groups of this host's machines: version 2, one group a machine below one folder of ours.
///
/// The folder is one that systemd hands over (`MARTLET_MACHINES_CGROUP`), or else `martlet` at the root of the hierarchy, as LXC and
/// Docker's own driver have theirs. It is never below the daemon's service: a group that hands controllers on can't take a process in,
/// so systemd could not start the service again while guests run (`cgroup_migrate_vet_dst` in Linux, EBUSY). Groups outlive the
/// daemon, as guests do.
package struct ControlGroups: Sendable, Hashable {
    /// What a group is held to.
    package struct Limits: Sendable, Hashable {
        /// Its share of a busy host, relative to other groups: 1 to 10,000.
        package var weight: Int
        /// The most it may use, in hundredths of a processor; nil for no limit.
        package var quotaInPercent: Int?

        package init(weight: Int, quotaInPercent: Int?) {
            self.weight = weight
            self.quotaInPercent = quotaInPercent
        }
    }

    /// More than QEMU ever has threads; a QEMU that was taken over can't fill the host with processes.
    static let mostTasks = 4_096
    /// In microseconds; the kernel's own default.
    static let period = 100_000

    /// The folder that the machines' groups are in: of the hierarchy, or in tests any.
    package let folder: String

    /// Finds the hierarchy and readies our folder in it. Doing it twice is doing it once.
    ///
    /// - Throws: `unsupported` where version 2 isn't mounted or hasn't the processor controller; `forbidden` without the right to make
    ///   groups; `inUse` where the hierarchy's root has processes of its own, as in a container; `ioFailed`.
    package static func ready(
        mounts: String = "/proc/self/mounts", handedOver: String? = ControlGroups.handedOver
    ) throws(MartletError) -> ControlGroups {
        guard let root = mountPoint(in: try BoundedFile.readText(mounts, limit: 4 << 20)) else {
            throw MartletError(
                .unsupported, "control groups version 2 are not mounted; boot with systemd.unified_cgroup_hierarchy=1")
        }
        let top = root + (handedOver ?? "")
        let controllers = try BoundedFile.readText("\(top)/cgroup.controllers").split(whereSeparator: \.isWhitespace)
        guard controllers.contains("cpu") else {
            throw MartletError(
                .unsupported,
                "the processor controller is not in control groups version 2 (\(top)); boot with systemd.unified_cgroup_hierarchy=1"
            )
        }
        let groups = ControlGroups(folder: handedOver == nil ? "\(root)/martlet" : top)
        let wanted = controllers.contains("pids") ? "+cpu +pids" : "+cpu"
        if handedOver == nil {
            try write(wanted, to: "\(root)/cgroup.subtree_control")
            try makeGroup(groups.folder)
        }
        try write(wanted, to: "\(groups.folder)/cgroup.subtree_control")
        return groups
    }

    /// The group that systemd hands over to us, below the hierarchy's root; nil for none.
    package static var handedOver: String? {
        guard let value = getenv("MARTLET_MACHINES_CGROUP") else { return nil }
        let path = String(cString: value)
        return path.hasPrefix("/") && path.count > 1 ? path : nil
    }

    /// Where version 2 is mounted; nil when it isn't.
    static func mountPoint(in mounts: String) -> String? {
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 2, fields[2] == "cgroup2" { return String(fields[1]) }
        }
        return nil
    }

    /// Puts a process into the group of this name, which is made, with all its threads and those to come.
    ///
    /// - Throws: `notFound` when the process has ended; `forbidden`, `ioFailed`.
    package func place(_ process: ProcessIdentity, in name: String, _ limits: Limits) throws(MartletError) {
        let group = try path(name)
        try Self.makeGroup(group)
        try apply(limits, to: name)
        try Self.write("\(process.processID)", to: "\(group)/cgroup.procs")
    }

    /// Holds a group to other limits; what it runs is held to them at once.
    ///
    /// - Throws: `notFound` when there is no such group; `forbidden`, `ioFailed`.
    package func apply(_ limits: Limits, to name: String) throws(MartletError) {
        let group = try path(name)
        try Self.write("\(limits.weight)", to: "\(group)/cpu.weight")
        let quota = limits.quotaInPercent.map { "\($0 * Self.period / 100)" } ?? "max"
        try Self.write("\(quota) \(Self.period)", to: "\(group)/cpu.max")
        if FileEntry.exists("\(group)/pids.max") { try Self.write("\(Self.mostTasks)", to: "\(group)/pids.max") }
    }

    /// Removes a group whose process has ended. Doing it twice is doing it once.
    ///
    /// - Throws: `inUse` while it has a process; `forbidden`, `ioFailed`.
    package func remove(_ name: String) throws(MartletError) {
        let group = try path(name)
        if rmdir(group) != 0, errno != ENOENT { throw .system(errno, "remove the control group '\(group)'") }
    }

    /// The groups that there are.
    package func names() -> [String] {
        ((try? FileEntry.names(in: folder)) ?? []).filter { FileEntry.exists("\(folder)/\($0)/cgroup.procs") }
    }

    private func path(_ name: String) throws(MartletError) -> String {
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
            throw MartletError(.invalidArgument, "'\(name)' is no name of a control group")
        }
        return "\(folder)/\(name)"
    }

    private static func makeGroup(_ path: String) throws(MartletError) {
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw .system(errno, "make the control group '\(path)'") }
    }

    /// The kernel takes a setting in one write.
    private static func write(_ text: String, to path: String) throws(MartletError) {
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_NOFOLLOW)
        try file.write(Array(text.utf8), shown: path)
    }
}
