package import MartletModel

/// What a program may use that reads what strangers made.
package struct Confinement: Sendable, Hashable {
    /// The user that it runs as, with no capabilities and no way to new ones; nil for our own, unchanged.
    package var user: UserAccount?
    /// Its address space.
    package var memory: ByteCount
    /// How long it may compute; whole seconds.
    package var processorTime: Duration
    /// The largest file that it may write.
    package var fileSize: ByteCount
    /// Its working folder; nil for our own. With paths relative to it, nothing above it need be open to the user.
    package var folder: String?

    package init(
        user: UserAccount?, memory: ByteCount, processorTime: Duration, fileSize: ByteCount, folder: String? = nil
    ) {
        self.user = user
        self.memory = memory
        self.processorTime = processorTime
        self.fileSize = fileSize
        self.folder = folder
    }

    /// What starts a program confined so; the program and its arguments go after it.
    package var launcher: [String] {
        // Each thread's own arena would reserve 64 MiB of the address space.
        let start = ["env"] + (folder.map { ["--chdir=\($0)"] } ?? []) + ["MALLOC_ARENA_MAX=1"]
        let bounds = [
            "--as=\(memory.bytes)", "--cpu=\(max(processorTime.components.seconds, 1))",
            "--fsize=\(max(fileSize.bytes, 0))", "--core=0", "--nofile=64",
        ]
        let limits = start + ["prlimit"] + bounds
        guard let user else { return limits }
        return limits + [
            "setpriv", "--reuid", "\(user.userID)", "--regid", "\(user.groupID)", "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set=-all",
        ]
    }
}
