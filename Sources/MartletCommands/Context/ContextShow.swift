import ArgumentParser
import MartletClient
import MartletModel

struct ContextShow: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a context, without its secrets.")
    static let uses: [OperationID] = []

    @Argument(help: "The context; the one in use by default.")
    var name: String?

    @OptionGroup var output: OutputOptions

    func run(in context: CommandContext) async throws {
        let store = ContextStore(context)
        let current = try store.current()
        let name = name ?? current ?? HostContext.local
        let summary =
            name == HostContext.local
            ? HostContextSummary(name: name, isCurrent: current == nil, credential: .account)
            : try store.summary(of: try store.read(name), isCurrent: name == current)
        try context.streams.print(Renderer(output, now: context.now()).one(summary))
    }
}
