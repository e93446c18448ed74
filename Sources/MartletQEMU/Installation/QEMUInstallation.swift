import MartletLinux
package import MartletModel

/// The QEMU that the host has.
package struct QEMUInstallation: Sendable, Hashable {
    /// `qemu-system-x86_64`, absolute.
    package var executable: String
    /// `qemu-img`, absolute.
    package var imageTool: String
    /// Three numbers: `7.2.22`.
    package var version: String

    package init(executable: String, imageTool: String, version: String) {
        self.executable = executable
        self.imageTool = imageTool
        self.version = version
    }

    /// The system's QEMU, asked for its version.
    ///
    /// - Throws: `unavailable` when a program is missing, naming its package, or when it doesn't say its version;
    ///   `unsupported` for one older than 7.2; `commandFailed`, `timedOut`, `cancelled` when it can't be asked.
    package static func find() async throws(MartletError) -> QEMUInstallation {
        try await find(executable: "/usr/bin/qemu-system-x86_64", imageTool: "/usr/bin/qemu-img")
    }

    static func find(executable: String, imageTool: String) async throws(MartletError) -> QEMUInstallation {
        for (program, package) in [(executable, "qemu-system-x86"), (imageTool, "qemu-utils")]
        where ProgramSearch.path(of: program) == nil {
            throw MartletError(.unavailable, "'\(program)' is missing; install the package \(package)")
        }
        // As long as a host that starts everything at once may take: what isn't found here stays away until a restart.
        let banner = try await CommandRunner(timeLimit: .seconds(120)).runText(executable, ["--version"])
        return QEMUInstallation(
            executable: executable,
            imageTool: imageTool,
            version: "\(try supportedVersion(banner: banner, of: executable))"
        )
    }

    static func supportedVersion(banner: String, of executable: String) throws(MartletError) -> QEMUVersion {
        let line = banner.prefix { $0 != "\n" }
        guard let version = QEMUVersion(banner: String(line)) else {
            throw MartletError(.unavailable, "'\(executable)' does not say its version, but '\(line.prefix(100))'")
        }
        guard version >= .minimum else {
            throw MartletError(
                .unsupported,
                "qemu \(version) is too old; install version \(QEMUVersion.minimum) or later"
            )
        }
        return version
    }
}
