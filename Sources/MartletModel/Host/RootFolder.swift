/// Where a host keeps its state when `--root` isn't given; one rule for the daemon and the command line.
package enum RootFolder {
    /// Of root's daemon, and of the service that the package installs.
    package static let system = "/var/lib/martlet"

    /// `$MARTLET_ROOT`; else `/var/lib/martlet` for root; else `martlet` in `$XDG_DATA_HOME` or `~/.local/share`.
    package static func `default`(environment: [String: String], isRoot: Bool, home: String) -> String {
        if let chosen = environment["MARTLET_ROOT"], !chosen.isEmpty { return chosen }
        if isRoot { return system }
        let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return "\(data ?? "\(home)/.local/share")/martlet"
    }

    /// The longest root, in bytes: a unix socket's path ends at 107, and what we append takes up to 22.
    package static let longestPath = 85
}
