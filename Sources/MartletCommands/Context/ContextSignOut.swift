import ArgumentParser
import MartletClient
import MartletModel

struct ContextSignOut: Verb {
    static let configuration = CommandConfiguration(
        commandName: "sign-out", abstract: "End a context's session, here and on its host.")
    static let uses: [OperationID] = [.signOut]

    @Argument(help: "The context; the one in use by default.")
    var name: String?

    func run(in context: CommandContext) async throws {
        let store = ContextStore(context)
        let kept = try store.chosen(name)
        guard let session = try store.session(of: kept) else {
            return try context.streams.print("'\(kept.name)' has no session\n")
        }
        do {
            try await HostClient.with(try kept.address(), bearer: session.token, limits: context.limits) {
                try await $0.signOut()
            }
        } catch let error as MartletError where error.code == .unauthenticated {
            // It had ended already.
        }
        try store.forgetSession(of: kept.name)
        try context.streams.print("signed out of '\(kept.name)'\n")
    }
}
