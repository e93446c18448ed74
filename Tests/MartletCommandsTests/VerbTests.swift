import Foundation
import MartletClient
import MartletFakeHost
import MartletModel
import Testing

@testable import MartletCommands

@Suite("What the verbs print")
struct VerbTests {
    @Test("lists, things and results, on stdout alone")
    func golden() async throws {
        try await SampleKey.with { key in try await golden(key) }
    }

    private func golden(_ key: String) async throws {
        try await FakeHost.with(SimpleHost.answer) { host in
            var text = ""
            for arguments in Self.lines {
                var run = CommandRun(root: host.root)
                run.arguments = arguments.map { $0 == "KEY" ? key : $0 }
                let result = await run.run()
                #expect(result.status == .success, "\(arguments): \(result.error)")
                #expect(result.error == "", "\(arguments)")
                text += "$ martlet \(arguments.joined(separator: " "))\n\(Self.settled(result.output, arguments))"
            }
            try Golden.expect(text, "verbs.txt")
        }
    }

    /// Of several machines each is told when it is done, in any order.
    private static func settled(_ output: String, _ arguments: [String]) -> String {
        guard arguments.contains("--all"), !arguments.contains("json") else { return output }
        return output.split(separator: "\n").sorted().map { "\($0)\n" }.joined()
    }

    /// Every verb that ends by itself, and with JSON where it has a choice.
    private static var lines: [[String]] {
        // Contexts are of another host: ContextTests has them.
        let verbs = CatalogTests.runs.filter { name, _ in
            ![
                "completion", "event follow", "vm console", "vm screen", "vm screenshot", "vm ticket", "vm exec",
                "vm enter", "vm copy",
            ].contains(
                name)
                && !name.hasPrefix("context ")
        }
        return verbs.sorted { $0.key < $1.key }.flatMap { name, runs in
            let hasNoChoice = [
                "host api", "host metrics", "pool delete", "token delete", "vm session close", "vm user remove",
                "vm group remove",
                // Hundreds of values, which RouteTests compares.
                "vm graph", "host graph",
            ].contains(name)
            // Of the sample's machines none is paused or saved, and that is told on stderr.
            return runs.filter { !($0.last == "--all" && ["resume", "discard"].contains($0[1])) }
                .flatMap { hasNoChoice ? [$0] : [$0, $0 + ["--output", "json"]] }
        }
    }

    @Test("the table of machines is the same whether it was read leanly or not")
    func lean() async throws {
        let whole = try Renderer(.table, now: Sample.now).list(Sample.machines)
        try await FakeHost.with(SimpleHost.answer) { host in
            let result = await CommandRun("vm", "list", root: host.root).run()
            #expect(result.output == whole)
        }
    }

    @Test("--no-wait prints ids alone and waits for nothing")
    func noWait() async throws {
        try await FakeHost.with(SimpleHost.answer) { host in
            let result = await CommandRun("vm", "start", "a", "b", "--no-wait", root: host.root).run()
            #expect(result.output == String(repeating: "\(Sample.operation().id)\n", count: 2))
            let disk = await CommandRun("disk", "create", "a", "1GiB", "--no-wait", root: host.root).run()
            #expect(disk.output == "\(Sample.operation().id)\n")
            #expect(Set(host.asked) == [.startMachine, .createDisk])
        }
    }

    @Test("of several names each is told, and the first failure is the exit code")
    func several() async throws {
        try await FakeHost.with { request in
            switch request.subject {
            case "gone": try .problem(404, "notFound", "there is no machine 'gone'")
            case "busy":
                try .problem(
                    409, "wrongState", "'busy' is running; stop it first", details: [.init("state", "running")])
            default: try await SimpleHost.answer(request)
            }
        } _: { host in
            let names = (1...20).map { "vm\($0)" }
            var run = CommandRun(root: host.root)
            run.arguments = ["vm", "reset"] + names + ["busy", "gone"]
            let result = await run.run()
            #expect(result.status == .refused)
            #expect(Set(result.output.split(separator: "\n")) == Set(names.map { "\($0) is off" }))
            #expect(result.error.contains("martlet: busy: 'busy' is running; stop it first\n"))
            #expect(result.error.contains("martlet: gone: there is no machine 'gone'\n"))
            run.arguments += ["--output", "json"]
            let machines = try JSONDecoder().decode([VirtualMachine].self, from: Data(await run.run().output.utf8))
            #expect(machines.map(\.name) == names)
        }
    }

    @Test("vm set changes the revision that it saw, and is told when it isn't the last")
    func set() async throws {
        try await FakeHost.with { request in
            request.operation == .updateMachine
                ? try .problem(412, "preconditionFailed", "'x' was changed") : try await SimpleHost.answer(request)
        } _: { host in
            let result = await CommandRun("vm", "set", "x", "--memory", "2GiB", root: host.root).run()
            #expect(result.status == .refused)
            let patch = try #require(host.requests.last)
            #expect(patch.headers["if-match"] == "\"7\"")
            #expect(
                try patch.decode(UpdateVirtualMachineRequest.self) == UpdateVirtualMachineRequest(memory: .gibibytes(2))
            )
        }
    }

    @Test(
        "vm stop passes on what it was told",
        arguments: [(["--turn-off"], true, nil), (["--timeout", "5s"], false, 5)])
    func stop(options: [String], turnOff: Bool, seconds: Int?) async throws {
        try await FakeHost.with(SimpleHost.answer) { host in
            var run = CommandRun(root: host.root)
            run.arguments = ["vm", "stop", "x"] + options
            #expect(await run.run().status == .success)
            let request = try #require(host.requests.first)
            #expect(
                try request.decode(StopVirtualMachineRequest.self)
                    == StopVirtualMachineRequest(turnOff: turnOff, timeoutInSeconds: seconds)
            )
        }
    }

    @Test("a machine that was created and not started is said to be there")
    func createdNotStarted() async throws {
        try await FakeHost.with { request in
            request.operation == .startMachine
                ? try .problem(507, "insufficientMemory", "1 GiB is not free") : try await SimpleHost.answer(request)
        } _: { host in
            let result = await CommandRun("vm", "create", "x", "--start", root: host.root).run()
            #expect(result.status == .failed)
            #expect(result.error.contains("the machine was created and not started: 1 GiB is not free"))
        }
    }

    @Test(
        "deleting asks on a terminal, and nowhere else", arguments: [("y", 2), ("Yes", 2), ("n", 0), ("", 0), (nil, 0)])
    func question(answer: String?, requests: Int) async throws {
        try await FakeHost.with(SimpleHost.answer) { host in
            var run = CommandRun("vm", "delete", "x", "--disks", root: host.root)
            run.isTerminal = true
            run.answer = answer
            let result = await run.run()
            #expect(result.status == (requests > 0 ? .success : .failed))
            #expect(result.error.hasPrefix("Delete 'x' with their disks? [y/N] "))
            #expect(host.requests.count == requests)
            run.arguments.append("--yes")
            run.answer = nil
            #expect(await run.run().status == .success)
        }
    }

    @Test("a token is printed alone")
    func token() async throws {
        try await FakeHost.with(SimpleHost.answer) { host in
            let result = await CommandRun("token", "create", "ci", "--role", "operator", root: host.root).run()
            #expect(result.output == "mlt_s3cret\n")
            let request = try #require(host.requests.first)
            #expect(try request.decode(CreateTokenRequest.self) == CreateTokenRequest(name: "ci", role: .operator))
        }
    }

    @Test("completion scripts know the verbs", arguments: Completion.Shell.allCases)
    func completion(shell: Completion.Shell) async {
        let result = await CommandRun("completion", shell.rawValue).run()
        #expect(result.status == .success)
        for entry in CommandCatalog.entries {
            for word in entry.name.split(separator: " ") { #expect(result.output.contains(word)) }
        }
    }
}
