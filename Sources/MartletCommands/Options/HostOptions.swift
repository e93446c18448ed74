import ArgumentParser
import MartletClient
import MartletLinux
import MartletModel

/// Which host a verb talks to, and as whom.
protocol HostChoice: Sendable {
    /// - Throws: `invalidArgument` for an address, a fingerprint or a token that isn't one; `notFound`, `forbidden` for its file;
    ///   `notFound` for a context that isn't there.
    func target(in context: CommandContext) throws -> HostTarget
}

/// Which host a verb talks to; on every verb that talks to one.
struct HostOptions: ParsableArguments, HostChoice {
    @OptionGroup var place: HostPlaceOptions

    @Option(
        help: ArgumentHelp("Sign in as this user for this command alone; asks for the password.", valueName: "user"))
    var user: String?

    func validate() throws {
        if user != nil, place.tokenFile != nil { throw ValidationError("give --user or --token-file, not both") }
        if user == "" { throw ValidationError("--user needs a name") }
    }

    func target(in context: CommandContext) throws -> HostTarget { try place.target(as: user, in: context) }

    /// - Throws: as `target`.
    func address(in context: CommandContext) throws -> HostAddress { try target(in: context).address }
}

/// Where the host is, and the token for it; alone on the verbs whose `--user` is a guest's.
struct HostPlaceOptions: ParsableArguments, HostChoice {
    @Option(help: ArgumentHelp("The folder of the host on this machine.", valueName: "dir"), completion: .directory)
    var root: String?

    @Option(help: ArgumentHelp("The address of another host, such as https://192.0.2.1:7443.", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "The SHA-256 of that host's certificate, which `martlet host show` prints on it.", valueName: "hex")
    )
    var fingerprint: String?

    @Option(
        help: ArgumentHelp("The file with the token for that host; $MARTLET_TOKEN_FILE by default.", valueName: "file"),
        completion: .file()
    )
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "The context of another host (`martlet context list`); $MARTLET_CONTEXT by default, then the one in use.",
            valueName: "name"))
    var context: String?

    func validate() throws {
        let places = [("--url", url), ("--root", root), ("--context", context)].filter { $0.1 != nil }.map(\.0)
        if places.count > 1 { throw ValidationError("give \(places.joined(separator: " or ")), not both") }
        if url != nil, fingerprint == nil {
            throw ValidationError("--url needs --fingerprint; `martlet host show` on that host prints it")
        }
        if url == nil, fingerprint != nil || tokenFile != nil {
            throw ValidationError("--fingerprint and --token-file go with --url")
        }
    }

    func target(in context: CommandContext) throws -> HostTarget { try target(as: nil, in: context) }

    fileprivate func target(as user: String?, in context: CommandContext) throws -> HostTarget {
        let kept = try keptContext(in: context)
        return HostTarget(address: try address(of: kept, user, in: context), user: user, context: kept)
    }

    /// What is said on the command line, then in the environment, then what was chosen to be in use; nil for no context.
    private func keptContext(in context: CommandContext) throws -> HostContext? {
        if url != nil || root != nil { return nil }
        let store = ContextStore(context)
        let said = self.context ?? context.variable("MARTLET_CONTEXT")
        guard let name = try said ?? (context.variable("MARTLET_ROOT") == nil ? store.current() : nil),
            name != HostContext.local
        else { return nil }
        return try store.read(name)
    }

    private func address(of kept: HostContext?, _ user: String?, in context: CommandContext) throws -> HostAddress {
        if let kept { return try kept.address() }
        guard let url, let fingerprint else { return .root(rootFolder(in: context)) }
        let file = user == nil ? tokenFile ?? context.variable("MARTLET_TOKEN_FILE") : nil
        return .remote(
            try HostAddress.Remote(
                url: url,
                fingerprint: try CertificateFingerprint(fingerprint),
                token: try file.map { try SecretFile.read(context.absolute($0)) }
            )
        )
    }

    private func rootFolder(in context: CommandContext) -> String {
        let byDefault = DefaultRoot.find(in: context)
        let path = context.absolute(root ?? byDefault)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
