import ArgumentParser
import MartletClient
import MartletModel

struct HostCPUs: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "cpus",
        abstract: "List the processor models that machines can be given.",
        discussion: """
            They are for --cpu-model. With KVM a machine is started only with a model that the host has all of; software emulation does \
            without what it lacks.
            """
    )
    static let uses: [OperationID] = [.listProcessorModels]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.listProcessorModels(), output)
    }
}

extension ProcessorModel: Tabular {
    static var columns: [Column<ProcessorModel>] {
        [
            Column("MODEL") { $0.name },
            Column("USABLE") { $0.isUsable ? "yes" : "no" },
            Column("MISSING") { $0.missing.joined(separator: " ") },
        ]
    }

    func fields(now: Moment) -> [Field] { Self.columns.map { Field($0.title, $0.value(self, now)) } }
}
