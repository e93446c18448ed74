import ArgumentParser
import MartletClient
import MartletModel

struct ContextList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the contexts; the one in use has a star.")
    static let uses: [OperationID] = []

    @OptionGroup var output: OutputOptions

    func run(in context: CommandContext) async throws {
        let store = ContextStore(context)
        let current = try store.current()
        var contexts = [
            HostContextSummary(name: HostContext.local, isCurrent: current == nil, credential: .account)
        ]
        for name in try store.names() {
            contexts.append(try store.summary(of: try store.read(name), isCurrent: name == current))
        }
        try context.streams.print(Renderer(output, now: context.now()).list(contexts))
    }
}
