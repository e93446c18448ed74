import ArgumentParser
import MartletClient
import MartletModel

struct ContextUse: Verb {
    static let configuration = CommandConfiguration(
        commandName: "use",
        abstract: "Say which host the commands are for from now on.",
        discussion:
            "'local' is this machine. --root, --url, --context, $MARTLET_CONTEXT and $MARTLET_ROOT go before it."
    )
    static let uses: [OperationID] = []

    @Argument(help: "The context, or 'local'.")
    var name: String

    func run(in context: CommandContext) async throws {
        let store = ContextStore(context)
        if name == HostContext.local {
            try store.use(nil)
            return try context.streams.print("the host of this machine is in use\n")
        }
        let found = try store.read(name)
        try store.use(name)
        try context.streams.print("'\(name)' is in use: \(Printable.escape(found.url))\n")
    }
}
