/// A setting of the daemon: the one description that its option, the configuration file and the manual are made from.
package struct DaemonSetting: Sendable, Hashable {
    /// The settings' names, in the file and (after `--`) on the command line.
    package enum Key: String, Sendable, CaseIterable {
        case root
        case listen
        case accelerator
        case adminGroup = "admin-group"
        case operatorGroup = "operator-group"
        case viewerGroup = "viewer-group"
        case sessionMinutes = "session-minutes"
        case sessionIdleMinutes = "session-idle-minutes"
        case requestsPerSecond = "requests-per-second"
        case logLevel = "log-level"
    }

    package var key: Key
    /// What the value is called in the help.
    package var valueName: String
    /// A sentence, for the option's help and as the first line of the explanation.
    package var summary: String
    /// Further sentences, for the file and the manual.
    package var explanation: String
    /// What stands in the default file; the same as if nothing stood there.
    package var defaultText: String

    /// All, in the order of the file.
    package static let all: [DaemonSetting] = Key.allCases.map { Self.of($0) }

    package static func of(_ key: Key) -> DaemonSetting {
        switch key {
        case .root:
            DaemonSetting(
                key: key, valueName: "dir",
                summary: "Where the host keeps its state.",
                explanation: """
                    The folder of everything durable: machines, disks, switches, the certificate, the API's socket. An \
                    absolute path of at most \(RootFolder.longestPath) bytes. The service may write below /var/lib/martlet, \
                    /srv, /mnt and /media; for another folder run 'systemctl edit martletd' and add two lines: [Service] \
                    and ReadWritePaths=DIR.
                    """,
                defaultText: "/var/lib/martlet")
        case .listen:
            DaemonSetting(
                key: key, valueName: "host:port",
                summary: "Where to answer HTTPS; 127.0.0.1:7443 by default, or another port when it is taken.",
                explanation: """
                    0.0.0.0:7443 answers at every IPv4 address of this host, [::]:7443 at every address. A port that is \
                    named here has to be free.
                    """,
                defaultText: "127.0.0.1:7443")
        case .accelerator:
            DaemonSetting(
                key: key, valueName: "kvm|tcg",
                summary: "kvm or tcg (software emulation); what the host has by default.",
                explanation: """
                    Without this, kvm where the processor offers virtualization and /dev/kvm opens, and tcg elsewhere.
                    """,
                defaultText: "kvm")
        case .adminGroup:
            DaemonSetting(
                key: key, valueName: "group",
                summary: "Whose members are administrators.",
                explanation: """
                    Root is one always. An administrator can read and write every file that the daemon can. Who joins a \
                    group belongs to it from the next sign-in on: adduser USER martlet.
                    """,
                defaultText: "martlet")
        case .operatorGroup:
            DaemonSetting(
                key: key, valueName: "group", summary: "Whose members are operators.",
                explanation: "An operator starts, stops and uses machines.", defaultText: "martlet-operators")
        case .viewerGroup:
            DaemonSetting(
                key: key, valueName: "group", summary: "Whose members are viewers.",
                explanation: "A viewer looks at everything except secrets and consoles.",
                defaultText: "martlet-viewers")
        case .sessionMinutes:
            DaemonSetting(
                key: key, valueName: "minutes", summary: "How long a session lives that a password began.",
                explanation: "Whatever is done with it; then the password is asked for again.", defaultText: "720")
        case .sessionIdleMinutes:
            DaemonSetting(
                key: key, valueName: "minutes", summary: "How long a session lives without a request.",
                explanation: "The next request after that is refused.", defaultText: "60")
        case .requestsPerSecond:
            DaemonSetting(
                key: key, valueName: "number", summary: "What a user, a token or an address may ask a second.",
                explanation: "Five times as many may come at once. 0 is no limit.", defaultText: "1000")
        case .logLevel:
            DaemonSetting(
                key: key, valueName: "level",
                summary:
                    "How much to log: \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")); info by default.",
                explanation: "The service's log is in the journal: journalctl -u martletd.",
                defaultText: "info")
        }
    }
}
