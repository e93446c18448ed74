import ArgumentParser
import MartletClient
import MartletModel

struct HostCheckVerb: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check that the host has what it needs.",
        discussion: "The exit code is 1 when a check failed; warnings leave it 0."
    )
    static let uses: [OperationID] = [.listHostChecks]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let checks = try await session.client.listHostChecks()
        try session.print(checks, output)
        if checks.contains(where: { $0.result == .failed }) { throw ReportedFailure(status: .failed) }
    }
}
