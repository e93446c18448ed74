import ArgumentParser
import MartletClient

struct HostMetricsVerb: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Print what Prometheus is told of the host and its machines."
    )
    static let uses: [OperationID] = [.getMetrics]

    @OptionGroup var host: HostOptions

    func run(on session: HostSession) async throws {
        try session.streams.output(try await session.client.getMetrics())
    }
}
