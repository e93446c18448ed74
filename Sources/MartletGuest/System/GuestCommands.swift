import MartletGuestProtocol
import MartletLinux
import MartletModel

/// The programs of the guest's system that ours needs.
struct GuestCommands: Sendable {
    /// A folder that systemd makes when it is process 1; sd_booted(3).
    static let systemdFolder = "/run/systemd/system"

    var hasSystemd: Bool { FileEntry.exists(Self.systemdFolder) }

    /// How systemd finds the system; a system without it is well as long as its kernel schedules us.
    func health() async -> (GuestBeat.Health, failedUnits: [String]) {
        guard hasSystemd else { return (.ok, []) }
        let runner = CommandRunner(timeLimit: .seconds(20))
        // It ends with 1 for all states but `running`, and says the state all the same.
        let said = try? await runner.runText("sh", ["-c", "systemctl is-system-running || true"])
        switch said?.prefix(while: { !$0.isWhitespace }) {
        case "running": return (.ok, [])
        case "starting", "initializing": return (.starting, [])
        case "stopping": return (.stopping, [])
        case .some: return (.degraded, await failedUnits(runner))
        case nil: return (.unspecified, [])
        }
    }

    private func failedUnits(_ runner: CommandRunner) async -> [String] {
        let arguments = ["list-units", "--state=failed", "--plain", "--no-legend", "--no-pager"]
        let lines = (try? await runner.runText("systemctl", arguments))?.split(separator: "\n") ?? []
        return lines.prefix(20).compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    /// Begins to shut down.
    ///
    /// - Throws: as `CommandRunner`.
    func shutDown(reboots: Bool) async throws(MartletError) {
        let verb = reboots ? "reboot" : "poweroff"
        if hasSystemd {
            try await CommandRunner().run("systemctl", ["--no-block", verb])
        } else {
            try await CommandRunner().run(verb)
        }
    }
}
