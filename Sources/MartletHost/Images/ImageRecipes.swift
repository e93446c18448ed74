import MartletLinux
import MartletModel

/// The programs that make images, which come with Martlet.
struct ImageRecipes: Sendable {
    /// Where Martlet's own files can be, in the order in which they are looked for.
    let shareFolders: [String]
    let isRoot: Bool

    /// - Parameter configured: where an administrator says that they are; nil for the usual places.
    init(configured: String?, executable: String = FileEntry.canonical("/proc/self/exe"), isRoot: Bool) {
        self.isRoot = isRoot
        if let configured {
            shareFolders = [configured]
            return
        }
        // Installed: bin/../share/martlet. Built from source: some folder above the build folder.
        var folders: [String] = []
        var folder = FilePathParts(executable).folder
        folders.append("\(FilePathParts(folder).folder)/share/martlet")
        while folder != "/" && folder != "." {
            folder = FilePathParts(folder).folder
            folders.append(folder)
        }
        shareFolders = folders + ["/usr/share/martlet"]
    }

    /// - Throws: `notFound`.
    private func program(_ recipe: String) throws(MartletError) -> String {
        let places = shareFolders.map { "\($0)/image-recipes/\(recipe)" }
        if let found = places.first(where: { FileEntry.isReadableFile($0) }) { return found }
        throw MartletError(
            .notFound, "the recipe '\(recipe)' is missing from Martlet's files (image-recipes); install it again")
    }

    /// What guests' integration services are installed from.
    ///
    /// - Throws: `notFound` where Martlet came without it.
    func services() throws(MartletError) -> GuestServicesFiles {
        guard let services = GuestServicesFiles(in: shareFolders) else { throw GuestServicesFiles.missing }
        return services
    }

    /// Asks whether the host has what a recipe takes.
    ///
    /// - Throws: `notFound` for the recipe; `unavailable`, naming what is missing.
    func check(_ recipe: String) async throws(MartletError) {
        if recipe == GuestServicesDisc.recipe {
            _ = try services()
            return
        }
        let program = try program(recipe)
        do {
            try await CommandRunner().run("bash", [program, "--check"])
        } catch  where error.code == .commandFailed {
            let said = error.details.first { $0.name == "output" }?.value ?? "it didn't say what"
            throw MartletError(.unavailable, "'\(recipe)' can't be built on this host: \(said)")
        }
    }

    /// Runs a recipe, which leaves `disk.raw` in `folder`.
    ///
    /// - Throws: `commandFailed`, with the last that it said; `cancelled`.
    func run(
        _ input: ImageOperations.Build, in folder: String, progress: @Sendable (Double) async -> Void
    ) async throws(MartletError) {
        let mirror = input.mirror.map { ["--mirror", $0] } ?? []
        let services = GuestServicesFiles(in: shareFolders).map { ["--services", $0.package] } ?? []
        let command = LongCommand(launcher: launcher, environment: ["HOME": folder, "TMPDIR": folder])
        try await command.run(
            "bash",
            [try program(input.recipe), "--work", folder, "--size", "\(input.capacity.bytes)"] + mirror + services
        ) { line in
            let words = line.split(separator: " ", maxSplits: 2)
            if words.first == "progress", words.count > 1, let percent = Double(words[1]) {
                await progress(percent / 100)
            }
        }
    }

    /// As root: in a process namespace of its own, so that all of it ends together, and without the rights that making
    /// a system in a folder doesn't take.
    private var launcher: [String] {
        guard isRoot else { return [] }
        let rights = [
            "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setfcap",
            "sys_chroot", "mknod", "sys_admin", "sys_resource",
        ]
        return [
            "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "setpriv",
            "--bounding-set=-all," + rights.map { "+\($0)" }.joined(separator: ","),
        ]
    }
}
