import ArgumentParser
import MartletClient
import MartletModel

struct ContextSignIn: Verb {
    static let configuration = CommandConfiguration(
        commandName: "sign-in",
        abstract: "Sign in to a context's host, for a session that the next commands use.",
        discussion: "Commands do that by themselves when there is no session, or it has ended."
    )
    static let uses: [OperationID] = [.signIn]

    @Argument(help: "The context; the one in use by default.")
    var name: String?

    func run(in context: CommandContext) async throws {
        let kept = try ContextStore(context).chosen(name)
        guard let user = kept.user else {
            throw MartletError(
                .wrongState, "the context '\(kept.name)' has no user to sign in; a token lets it in, or nothing")
        }
        _ = try await Credentials(context: context).begin(user, in: kept, at: try kept.address())
        try context.streams.print("signed in to '\(kept.name)' as \(Printable.escape(user))\n")
    }
}

extension ContextStore {
    /// The context of this name, or the one in use.
    ///
    /// - Throws: `notFound` when there is none; as `read`.
    func chosen(_ name: String?) throws(MartletError) -> HostContext {
        let current = try current()
        if let name = name ?? current { return try read(name) }
        throw MartletError(.notFound, "no context is in use; name one of `martlet context list`")
    }
}
