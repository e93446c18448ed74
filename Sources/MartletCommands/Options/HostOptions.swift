import ArgumentParser
import MartletClient
import MartletLinux
import MartletModel

/// Which host a verb talks to; on every verb that talks to one.
struct HostOptions: ParsableArguments {
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

    func validate() throws {
        if url != nil, root != nil { throw ValidationError("give --root or --url, not both") }
        if url != nil, fingerprint == nil {
            throw ValidationError("--url needs --fingerprint; `martlet host show` on that host prints it")
        }
        if url == nil, fingerprint != nil || tokenFile != nil {
            throw ValidationError("--fingerprint and --token-file go with --url")
        }
    }

    /// - Throws: `invalidArgument` for an address, a fingerprint or a token that isn't one; `notFound`, `forbidden` for its file.
    func address(in context: CommandContext) throws -> HostAddress {
        guard let url, let fingerprint else { return .root(rootFolder(in: context)) }
        let file = tokenFile ?? context.environment["MARTLET_TOKEN_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        return .remote(
            try HostAddress.Remote(
                url: url,
                fingerprint: try CertificateFingerprint(fingerprint),
                token: try file.map { try Self.token(inFile: context.absolute($0)) }
            )
        )
    }

    private func rootFolder(in context: CommandContext) -> String {
        let byDefault = DefaultRoot.find(in: context)
        let path = context.absolute(root ?? byDefault)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    private static func token(inFile path: String) throws(MartletError) -> String {
        let text = try BoundedFile.readText(path, limit: 4096)
        let isBlank = { (character: Character) in character.isWhitespace }
        return String(String(text.drop(while: isBlank).reversed()).drop(while: isBlank).reversed())
    }
}
