import ArgumentParser
import MartletClient
import MartletModel

struct EventFollow: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Print what changes on the host as it happens, until Ctrl-C.",
        discussion: "With --output json (or --json) each event is an object in a line of its own."
    )
    static let uses: [OperationID] = [.followEvents]

    @Flag(help: "The same as --output json.")
    var json = false

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        var last: Int64?
        // The first try fails at once: a host that isn't there is told, not waited for.
        var events = try await session.client.followEvents()
        while true {
            do {
                for try await event in events {
                    last = event.sequence
                    try session.streams.print(try line(event))
                }
            } catch let error as MartletError where [.unavailable, .timedOut].contains(error.code) {
                session.streams.tell(ErrorReport(error).text)
            }
            session.streams.tell("martlet: the host is away; trying again\n")
            try await Task.sleep(for: session.context.pace.retry)
            let sequence = last
            events = try await Patience(pace: session.context.pace).ask {
                try await session.client.followEvents(after: sequence)
            }
        }
    }

    private func line(_ event: Event) throws -> String {
        switch json ? .json : output.output {
        case .table: event.line
        case .json: try Renderer.json(event, inOneLine: true)
        case .yaml: "---\n" + (try Renderer.yaml(event))
        }
    }
}

extension Event {
    /// Such as `2031-05-06T07:08:09.123Z  vm.changed  hello  running`.
    fileprivate var line: String {
        let what =
            machine?.name ?? disk?.name ?? image?.name ?? checkpoint?.name ?? `switch`?.name ?? pool?.name
            ?? operation?.title ?? subject
        let how =
            machine?.state.rawValue ?? operation?.state.rawValue ?? disk?.capacity.description ?? image?.capacity
            .description ?? checkpoint?.consistency.rawValue ?? ""
        let words = [time.description, kind.rawValue, Printable.escape(what), how]
        return words.filter { !$0.isEmpty }.joined(separator: "  ") + "\n"
    }
}
