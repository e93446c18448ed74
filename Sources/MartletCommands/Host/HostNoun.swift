import ArgumentParser

struct HostNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host",
        abstract: "The host itself.",
        subcommands: [
            HostShow.self, HostGraph.self, HostCheckVerb.self, HostCPUs.self, HostDocument.self, HostMetricsVerb.self,
            HostStopMachines.self,
        ]
    )
}
