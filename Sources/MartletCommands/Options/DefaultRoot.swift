import MartletLinux
import MartletModel

/// Which host of this machine is meant when neither `--root` nor `--url` is given.
enum DefaultRoot {
    /// `$MARTLET_ROOT`; else, for an ordinary user, their own daemon's root if there is one, and the service's if there is none;
    /// for root the service's.
    ///
    /// The service's is where its configuration file says.
    static func find(
        in context: CommandContext, settingsFile: String = DaemonSettingsFile.standardPath
    ) -> String {
        let own = RootFolder.default(
            environment: context.environment, isRoot: context.isRoot, home: context.environment["HOME"] ?? "/")
        guard context.environment["MARTLET_ROOT"]?.isEmpty ?? true else { return own }
        if context.isRoot { return serviceRoot(settingsFile) }
        if FileEntry.exists("\(own)/run/api.sock") { return own }
        let service = serviceRoot(settingsFile)
        return FileEntry.exists("\(service)/run/api.sock") ? service : own
    }

    /// A file that can't be read, or is wrong, says nothing: the daemon is who tells what is wrong with it.
    private static func serviceRoot(_ settingsFile: String) -> String {
        let bytes = try? BoundedFile.read(settingsFile, limit: DaemonSettingsFile.longest)
        let settings = bytes.flatMap { try? DaemonSettingsFile.parse($0, path: settingsFile) }
        return settings?.root ?? RootFolder.system
    }
}
