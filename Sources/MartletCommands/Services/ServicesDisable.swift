import ArgumentParser
import MartletClient

struct ServicesDisable: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Turn integration services off.",
        discussion: """
            The host doesn't ask the guest for them any more. It takes effect at once.

              martlet vm services disable web direct
            """
    )
    static let uses: [OperationID] = [.listMachines, .getMachine, .updateMachine]

    @OptionGroup var words: ServicesWords
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let services = words.services
        try await words.change(on: session, output: output) { $0.union(services) }
    }
}
