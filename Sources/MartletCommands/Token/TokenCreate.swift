import ArgumentParser
import MartletClient
import MartletModel

struct TokenCreate: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a token and print it, this once.",
        discussion: """
            A viewer may look, an operator may use machines too, an administrator may do everything. With --machine or \
            --label there are no other machines for its bearer, and nothing else of the host.

              (umask 077; martlet token create ci --role operator --expires 30d --label env=test >token)
            """
    )
    static let uses: [OperationID] = [.createToken]

    @Argument(help: "What it is called: 1 to 100 characters.")
    var name: String

    @Option(help: "What its bearer may do: viewer, operator or administrator.")
    var role: Role

    @Option(help: ArgumentHelp("How long it lets in, such as 12h or 30d; a year by default.", valueName: "time"))
    var expires: TimeSpan?

    @Flag(help: "It lets in until it is deleted.")
    var noExpiry = false

    @Option(help: ArgumentHelp("A machine that it is for; may be repeated.", valueName: "name"))
    var machine: [String] = []

    @Option(
        help: ArgumentHelp(
            "It is for the machines with this label; of several, for those with all.", valueName: "name=value"))
    var label: [String] = []

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if expires != nil, noExpiry { throw ValidationError("give --expires or --no-expiry, not both") }
        if let expires, expires.duration < .seconds(TokenRules.lifeInSeconds.lowerBound) {
            throw ValidationError("--expires is too short; give 1m or more")
        }
        for text in label where !text.contains("=") || text.hasPrefix("=") {
            throw ValidationError("--label '\(text)' is not NAME=VALUE; give for example env=test")
        }
        if role == .administrator, !machine.isEmpty || !label.isEmpty {
            throw ValidationError(
                "an administrator's token can't be held to some machines; use --role operator or viewer")
        }
    }

    private var request: CreateTokenRequest {
        let pairs = label.map {
            $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        }
        return CreateTokenRequest(
            name: name, role: role, expiresInSeconds: expires?.duration.components.seconds,
            neverExpires: noExpiry ? true : nil, machines: machine.isEmpty ? nil : machine,
            labels: pairs.isEmpty ? nil : Dictionary(pairs.map { ($0[0], $0[1]) }) { $1 }
        )
    }

    func run(on session: HostSession) async throws {
        let created = try await session.client.createToken(request)
        if output.output == .table {
            try session.streams.print(Printable.escape(created.secret) + "\n")
        } else {
            try session.print(created, output)
        }
    }
}
