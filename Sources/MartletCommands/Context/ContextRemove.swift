import ArgumentParser
import MartletClient
import MartletModel

struct ContextRemove: Verb {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forget contexts, with their secrets and their certificates.",
        discussion: "A session on the host isn't ended by this; `martlet context sign-out` does, before."
    )
    static let uses: [OperationID] = []

    @Argument(help: "The contexts.")
    var names: [String]

    func run(in context: CommandContext) async throws {
        let store = ContextStore(context)
        for name in names {
            try store.remove(name)
            try context.streams.print("the context '\(name)' was removed\n")
        }
    }
}
