import MartletClient
import MartletFakeHost
import MartletModel
import Testing

@testable import MartletCommands

@Suite("The catalog of commands")
struct CatalogTests {
    @Test("every leaf of the tree of commands is a verb that says which routes it uses")
    func verbs() {
        for leaf in CommandCatalog.leaves { #expect(leaf.type is any Verb.Type, "\(leaf.name)") }
        #expect(CommandCatalog.entries.count == CommandCatalog.leaves.count)
        #expect(Set(CommandCatalog.entries.map(\.name)).count == CommandCatalog.entries.count)
    }

    @Test("every route is used by a verb")
    func routes() {
        #expect(Set(CommandCatalog.entries.flatMap(\.uses)) == Set(OperationID.allCases))
    }

    /// For each verb, runs that together use all of its routes.
    static let runs: [String: [[String]]] = [
        "vm create": [["vm", "create", "x", "--start"]],
        "vm list": [["vm", "list"]],
        "vm show": [["vm", "show", "x"]],
        "vm set": [["vm", "set", "x", "--cpus", "2"]],
        "vm start": [["vm", "start", "x"]],
        "vm stop": [["vm", "stop", "x"]],
        "vm reset": [["vm", "reset", "x"]],
        "vm pause": [["vm", "pause", "x"]],
        "vm resume": [["vm", "resume", "x"]],
        "vm delete": [["vm", "delete", "x"]],
        "vm console": [["vm", "console", "x"]],
        "vm screenshot": [["vm", "screenshot", "x", "-"]],
        "iso list": [["iso", "list", "x"]],
        "iso insert": [["iso", "insert", "x", "y"]],
        "iso eject": [["iso", "eject", "x"]],
        "iso add": [["iso", "add", "x"]],
        "iso remove": [["iso", "remove", "x", "0"]],
        "host cpus": [["host", "cpus"]],
        "vm wait": [["vm", "wait", "x"]],
        "disk create": [["disk", "create", "x", "1GiB"]],
        "disk list": [["disk", "list"]],
        "disk show": [["disk", "show", "x"]],
        "disk delete": [["disk", "delete", "x"]],
        "image import": [["image", "import", "x", "http://images.example/x.qcow2"]],
        "image build": [["image", "build", "debian-12"]],
        "image list": [["image", "list"]],
        "image show": [["image", "show", "x"]],
        "image delete": [["image", "delete", "x"]],
        "switch list": [["switch", "list"]],
        "switch show": [["switch", "show", "x"]],
        "operation list": [["operation", "list"]],
        "operation show": [["operation", "show", "x"]],
        "operation wait": [["operation", "wait", "x"]],
        "operation cancel": [["operation", "cancel", "x"]],
        "host show": [["host", "show"]],
        "host check": [["host", "check"]],
        "host api": [["host", "api"]],
        "event follow": [["event", "follow"]],
        "token create": [["token", "create", "x", "--role", "viewer"]],
        "token list": [["token", "list"]],
        "token delete": [["token", "delete", "x"]],
        "completion": [["completion", "bash"]],
    ]

    @Test("the runs below cover every verb")
    func coverage() {
        #expect(Set(Self.runs.keys) == Set(CommandCatalog.entries.map(\.name)))
    }

    @Test("a verb asks the routes that it says it uses, all of them and no others", arguments: CommandCatalog.entries)
    func asks(entry: CommandCatalog.Entry) async throws {
        let (console, continuation) = AsyncStream<[UInt8]>.makeStream()
        let answer: FakeHost.Answer = { request in
            switch request.operation {
            // Following it would go on for ever.
            case .followEvents: return try .problem(403, "forbidden", "no events for you")
            // A console that goes on until what was typed has come.
            case .readConsole: return .stream(type: "application/octet-stream", console, closes: false)
            case .writeConsole:
                continuation.finish()
                return .noContent
            default: return try await SimpleHost.answer(request)
            }
        }
        try await FakeHost.with(answer) { host in
            for arguments in Self.runs[entry.name] ?? [] {
                var run = CommandRun(root: host.root)
                run.arguments = arguments
                run.input = ["typed"]
                _ = await run.run()
            }
            #expect(Set(host.asked) == Set(entry.uses))
        }
    }
}
