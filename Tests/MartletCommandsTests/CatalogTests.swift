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
        "vm set": [["vm", "set", "x", "--cpus", "2"], ["vm", "set", "--all", "--cpus", "2"]],
        "vm rename": [["vm", "rename", "x", "y"]],
        "vm label": [["vm", "label", "x", "env=test"], ["vm", "label", "--all", "env="]],
        "vm start": [["vm", "start", "x"], ["vm", "start", "--all"]],
        "vm stop": [["vm", "stop", "x"], ["vm", "stop", "--label", "env=test"]],
        "vm restart": [["vm", "restart", "x"], ["vm", "restart", "--all"]],
        "vm save": [["vm", "save", "x"], ["vm", "save", "--all"]],
        "vm discard": [["vm", "discard", "x"], ["vm", "discard", "--all"]],
        "vm reset": [["vm", "reset", "x"], ["vm", "reset", "--all"]],
        "vm pause": [["vm", "pause", "x"], ["vm", "pause", "--all"]],
        "vm resume": [["vm", "resume", "x"], ["vm", "resume", "--all"]],
        "vm delete": [["vm", "delete", "x"], ["vm", "delete", "--all"]],
        "vm console": [["vm", "console", "x"], ["vm", "console", "x", "--listen", "127.0.0.1:0"]],
        "vm screen": [["vm", "screen", "x"]],
        "vm graph": [["vm", "graph", "x", "--span", "day"]],
        "host graph": [["host", "graph"]],
        "vm ticket": [["vm", "ticket", "x", "screen"]],
        "vm enter": [["vm", "enter", "x", "--identity", "KEY"]],
        "vm exec": [
            ["vm", "exec", "x", "--identity", "KEY", "--", "true"],
            ["vm", "exec", "--all", "--identity", "KEY", "--", "true"],
        ],
        "vm copy": [["vm", "copy", "KEY", "x:", "--identity", "KEY"]],
        "vm user list": [["vm", "user", "list", "x", "--identity", "KEY"]],
        "vm user show": [["vm", "user", "show", "x", "alice", "--identity", "KEY"]],
        "vm user add": [["vm", "user", "add", "x", "alice", "--identity", "KEY"]],
        "vm user set": [["vm", "user", "set", "x", "alice", "--shell", "/bin/sh", "--identity", "KEY"]],
        "vm user rename": [["vm", "user", "rename", "x", "alice", "bob", "--identity", "KEY"]],
        "vm user enable": [["vm", "user", "enable", "x", "alice", "--identity", "KEY"]],
        "vm user disable": [["vm", "user", "disable", "x", "alice", "--identity", "KEY"]],
        "vm user remove": [["vm", "user", "remove", "x", "alice", "--identity", "KEY"]],
        "vm group list": [["vm", "group", "list", "x", "--identity", "KEY"]],
        "vm group show": [["vm", "group", "show", "x", "sudo", "--identity", "KEY"]],
        "vm group add": [["vm", "group", "add", "x", "sudo", "--identity", "KEY"]],
        "vm group set": [["vm", "group", "set", "x", "sudo", "--gid", "27", "--identity", "KEY"]],
        "vm group rename": [["vm", "group", "rename", "x", "wheel", "sudo", "--identity", "KEY"]],
        "vm group remove": [["vm", "group", "remove", "x", "sudo", "--identity", "KEY"]],
        "vm group member list": [["vm", "group", "member", "list", "x", "sudo", "--identity", "KEY"]],
        "vm group member add": [["vm", "group", "member", "add", "x", "sudo", "alice", "--identity", "KEY"]],
        "vm group member remove": [["vm", "group", "member", "remove", "x", "sudo", "alice", "--identity", "KEY"]],
        "vm session list": [["vm", "session", "list", "x"]],
        "vm session close": [["vm", "session", "close", "x", "3"]],
        "vm screenshot": [["vm", "screenshot", "x", "-"]],
        "vm services list": [["vm", "services", "list", "x"]],
        "vm services insert": [["vm", "services", "insert", "x"], ["vm", "services", "insert", "--all"]],
        "vm services enable": [
            ["vm", "services", "enable", "x", "time"], ["vm", "services", "enable", "time", "--all"],
        ],
        "vm services disable": [
            ["vm", "services", "disable", "x", "time"], ["vm", "services", "disable", "time", "--all"],
        ],
        "iso list": [["iso", "list", "x"]],
        "iso insert": [["iso", "insert", "x", "y"]],
        "iso eject": [["iso", "eject", "x"]],
        "iso add": [["iso", "add", "x"]],
        "iso remove": [["iso", "remove", "x", "0"]],
        "host cpus": [["host", "cpus"]],
        "vm wait": [["vm", "wait", "x"], ["vm", "wait", "--all", "--state", "off"]],
        "checkpoint create": [["checkpoint", "create", "x", "y"]],
        "checkpoint list": [["checkpoint", "list", "x"]],
        "checkpoint show": [["checkpoint", "show", "x", "y"]],
        "checkpoint apply": [["checkpoint", "apply", "x", "y", "--checkpoint-first"]],
        "checkpoint rename": [["checkpoint", "rename", "x", "y", "z"]],
        "checkpoint delete": [["checkpoint", "delete", "x", "y"]],
        "checkpoint merge": [["checkpoint", "merge", "x"]],
        "checkpoint export": [["checkpoint", "export", "x", "y", "/srv/y"]],
        "disk create": [["disk", "create", "x", "1GiB"]],
        "disk list": [["disk", "list"]],
        "disk show": [["disk", "show", "x"]],
        "disk delete": [["disk", "delete", "x"]],
        "image import": [["image", "import", "x", "http://images.example/x.qcow2"]],
        "image build": [["image", "build", "debian-12"]],
        "image list": [["image", "list"]],
        "image show": [["image", "show", "x"]],
        "image delete": [["image", "delete", "x"]],
        "adapter list": [["adapter", "list", "x"]],
        "adapter add": [["adapter", "add", "x", "--switch", "nat"]],
        "adapter set": [["adapter", "set", "x", "0", "--vlan", "7"]],
        "adapter remove": [["adapter", "remove", "x", "0"]],
        "disk attach": [["disk", "attach", "x", "m"]],
        "disk detach": [["disk", "detach", "x"]],
        "disk resize": [["disk", "resize", "x", "2GiB"]],
        "disk convert": [["disk", "convert", "x", "--format", "raw"]],
        "disk export": [["disk", "export", "x", "/srv/x.vhdx"]],
        "pool create": [["pool", "create", "x", "/srv/x"]],
        "pool list": [["pool", "list"]],
        "pool show": [["pool", "show", "x"]],
        "pool set": [["pool", "set", "x", "--default"]],
        "pool delete": [["pool", "delete", "x"]],
        "switch list": [["switch", "list"]],
        "switch show": [["switch", "show", "x"]],
        "switch create": [["switch", "create", "x", "--kind", "internal"]],
        "switch set": [["switch", "set", "x", "--default"]],
        "switch delete": [["switch", "delete", "x"]],
        "switch forward add": [["switch", "forward", "add", "x", "--host-port", "2222", "--to", "hello:22"]],
        "switch forward list": [["switch", "forward", "list", "x"]],
        "switch forward remove": [["switch", "forward", "remove", "x", "--host-port", "2222"]],
        "operation list": [["operation", "list"]],
        "operation show": [["operation", "show", "x"]],
        "operation wait": [["operation", "wait", "x"]],
        "operation cancel": [["operation", "cancel", "x"]],
        "host show": [["host", "show"]],
        "host check": [["host", "check"]],
        "host stop-machines": [["host", "stop-machines"]],
        "host api": [["host", "api"]],
        "host metrics": [["host", "metrics"]],
        "event follow": [["event", "follow"]],
        "token create": [["token", "create", "x", "--role", "viewer"]],
        "token list": [["token", "list"]],
        "token delete": [["token", "delete", "x"]],
        "user show": [["user", "show"]],
        "audit list": [["audit", "list"]],
        "context add": [
            ["context", "add", "alice", "--url", "URL", "--user", "alice", "--accept"]
        ],
        "context list": [["context", "list"]],
        "context show": [["context", "show", "lab"]],
        "context set": [["context", "set", "lab", "--guest-user", "alice"]],
        "context use": [["context", "use", "lab"]],
        "context sign-in": [["context", "sign-in", "lab"]],
        "context sign-out": [["context", "sign-out", "lab"]],
        "context remove": [["context", "remove", "lab"]],
        "completion": [["completion", "bash"]],
    ]

    @Test("the runs below cover every verb")
    func coverage() {
        #expect(Set(Self.runs.keys) == Set(CommandCatalog.entries.map(\.name)))
    }

    @Test("a line that begins with a verb's names is that verb's, and one that doesn't is nobody's yet")
    func lines() throws {
        for leaf in CommandCatalog.leaves {
            let words = leaf.name.split(separator: " ").map(String.init)
            let found = try #require(CommandLineParser.verb(words + ["x", "--help"]), "\(leaf.name)")
            #expect(found.verb == leaf.type && found.rest == ["x", "--help"], "\(leaf.name)")
            #expect(CommandLineParser.verb(words.dropLast()) == nil || words.count == 1, "\(leaf.name)")
        }
        for words in [[], ["--help"], ["help", "vm"], ["vm", "--help"], ["vm", "no-such-verb"], ["--version"]] {
            #expect(CommandLineParser.verb(words) == nil, "\(words)")
        }
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
        if entry.name.hasPrefix("context ") {
            try await ContextLab.with(answer) { lab in
                try lab.keep("lab", user: "alice", session: "mls_kept")
                for arguments in Self.runs[entry.name] ?? [] {
                    let result = await lab.run(arguments, hiddenAnswer: "typed")
                    #expect(result.status == .success, "\(result.error)")
                }
                #expect(Set(lab.host.asked) == Set(entry.uses))
            }
            return
        }
        try await SampleKey.with { key in
            try await ask(entry, key, answer)
        }
    }

    private func ask(_ entry: CommandCatalog.Entry, _ key: String, _ answer: @escaping FakeHost.Answer) async throws {
        try await FakeHost.with(answer) { host in
            for arguments in Self.runs[entry.name] ?? [] {
                var run = CommandRun(root: host.root)
                run.arguments = arguments.map { $0 == "KEY" ? key : $0 }
                run.input = ["typed"]
                _ = await run.run()
            }
            #expect(Set(host.asked) == Set(entry.uses))
        }
    }
}
