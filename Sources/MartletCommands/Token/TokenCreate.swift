import ArgumentParser
import MartletClient
import MartletModel

struct TokenCreate: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a token and print it, this once.",
        discussion: """
            A viewer may look, an operator may use machines too, an administrator may do everything.

              (umask 077; martlet token create ci --role operator >token)
            """
    )
    static let uses: [OperationID] = [.createToken]

    @Argument(help: "What it is called: 1 to 100 characters.")
    var name: String

    @Option(help: "What its bearer may do: viewer, operator or administrator.")
    var role: Role

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let created = try await session.client.createToken(CreateTokenRequest(name: name, role: role))
        if output.output == .table {
            try session.streams.print(Printable.escape(created.secret) + "\n")
        } else {
            try session.print(created, output)
        }
    }
}
