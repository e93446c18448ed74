import ArgumentParser
import MartletClient
import MartletModel

struct ContextAdd: Verb {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Remember a host, its certificate, and how you are let in there.",
        discussion: """
            It shows the SHA-256 fingerprint of the certificate and asks whether it is the right one: compare it with what \
            `martlet host show` prints on that host. From then on no other certificate is taken for that host.

              martlet context add lab --url https://192.0.2.1:7443 --user alice
              martlet context add ci --url https://192.0.2.1:7443 --fingerprint HEX --token-file token
            """
    )
    static let uses: [OperationID] = [.signIn, .getIdentity]

    @Argument(help: "What it is called: 1 to 64 letters, digits, '-', '_' and '.'.")
    var name: String

    @Option(help: ArgumentHelp("The host's address, such as https://192.0.2.1:7443.", valueName: "url"))
    var url: String

    @Option(help: ArgumentHelp("Sign in as this user of the host's; asks for the password.", valueName: "user"))
    var user: String?

    @Flag(help: "Keep the password in the context's file, which nobody else can read.")
    var savePassword = false

    @Option(help: ArgumentHelp("The file with the password, to ask nobody.", valueName: "file"), completion: .file())
    var passwordFile: String?

    @Option(
        help: ArgumentHelp("The file with a token, which is kept in the context's.", valueName: "file"),
        completion: .file())
    var tokenFile: String?

    @Option(help: ArgumentHelp("The SHA-256 of the certificate that is right; nothing is asked.", valueName: "hex"))
    var fingerprint: String?

    @Flag(help: "Take whatever certificate the host shows now; nothing is asked.")
    var accept = false

    @OptionGroup var guest: ContextGuestOptions

    func validate() throws {
        if user != nil, tokenFile != nil { throw ValidationError("give --user or --token-file, not both") }
        if user == nil, savePassword || passwordFile != nil {
            throw ValidationError("--save-password and --password-file go with --user")
        }
        if fingerprint != nil, accept { throw ValidationError("give --fingerprint or --accept, not both") }
    }

    func run(in context: CommandContext) async throws {
        let store = ContextStore(context)
        try ContextStore.check(name)
        guard !store.exists(name) else {
            throw MartletError(
                .alreadyExists,
                "there is a context '\(name)' already; take another name, or `martlet context remove` it")
        }
        let token = try tokenFile.map { try SecretFile.read(context.absolute($0)) }
        let shown = try await trusted(in: context)
        var added = HostContext(name: name, url: url, fingerprint: shown.description, user: user, token: token)
        let address = try added.address()
        if case .remote(let remote) = address { added.url = remote.url }
        try guest.apply(to: &added, in: context)
        try await letIn(&added, address, context)
        try store.write(added)
        try context.streams.print(
            "the context '\(name)' was added; `martlet context use \(name)` makes it the one in use\n")
    }

    /// The fingerprint that is trusted from now on.
    private func trusted(in context: CommandContext) async throws -> CertificateFingerprint {
        let expected = try fingerprint.map { try CertificateFingerprint($0) }
        let shown = try await CertificateProbe.fingerprint(of: url, limits: context.limits)
        if let expected {
            if shown == expected { return shown }
            throw MartletError(
                .unavailable,
                "\(url) is not the host whose fingerprint was given; nothing was sent, and no context was added",
                details: [.init("expected", expected.description), .init("shown", shown.description)]
            )
        }
        context.streams.tell("The certificate of \(Printable.escape(url)) has the SHA-256 fingerprint\n  \(shown)\n")
        if accept { return shown }
        try ask(context.streams)
        return shown
    }

    private func ask(_ streams: StandardStreams) throws {
        guard streams.isInputTerminal, streams.isErrorTerminal else {
            throw MartletError(
                .invalidArgument,
                "nobody is there to say whether it is the right one; give --fingerprint, or --accept to take it unseen")
        }
        try Question(streams: streams, isAnswered: false).ask("Is it what `martlet host show` prints on that host?")
    }

    /// Tries what lets in before it is kept.
    private func letIn(_ added: inout HostContext, _ address: HostAddress, _ context: CommandContext) async throws {
        let credentials = Credentials(context: context)
        var bearer: String?
        if let user {
            let password =
                try passwordFile.map { try SecretFile.read(context.absolute($0)) }
                ?? credentials.password(of: user, at: address)
            added.password = password
            bearer = try await credentials.begin(user, in: added, at: address)
            if !savePassword { added.password = nil }
        }
        guard added.user != nil || added.token != nil else { return }
        _ = try await HostClient.with(address, bearer: bearer, limits: context.limits) { try await $0.getIdentity() }
    }
}
