import ArgumentParser
import MartletClient

struct ServicesEnable: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Turn integration services on.",
        discussion: """
              martlet vm services enable web time
              martlet vm services enable direct copy --label env=test
            """
    )
    static let uses: [OperationID] = [.listMachines, .getMachine, .updateMachine]

    @OptionGroup var words: ServicesWords
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let services = words.services
        try await words.change(on: session, output: output) { $0.subtracting(services) }
    }
}
