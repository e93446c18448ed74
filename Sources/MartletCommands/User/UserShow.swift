import ArgumentParser
import MartletClient
import MartletModel

struct UserShow: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show who you are to the host, and what you may do.",
        discussion: "A viewer may look, an operator may use machines too, an administrator may do everything."
    )
    static let uses: [OperationID] = [.getIdentity]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getIdentity(), output)
    }
}

extension Identity: Tabular {
    static var columns: [Column<Identity>] {
        [
            Column("NAME") { $0.name }, Column("ROLE") { $0.role.rawValue }, Column("BY") { $0.method.words },
            Column("FROM") { $0.from },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("Role", role.rawValue), Field("Signed in by", method.words),
            Field("From", from), Field("Ends", ends?.description ?? "never"), Field("Machines", scope?.words ?? "all"),
        ]
    }
}

extension Principal.Method {
    fileprivate var words: String {
        switch self {
        case .socket: "the account, at the socket"
        case .password: "a password"
        case .token: "a token"
        }
    }
}
