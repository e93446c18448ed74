import FoundationEssentials
import Glibc
import Logging
import MartletModel
import Testing

@testable import MartletQEMU

/// The client against a fake monitor on a real socket.
@Suite("The QMP client", .timeLimit(.minutes(5)))
struct QMPClientTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func monitor(_ script: @escaping @Sendable (borrowing FakeClient) -> Void) throws -> FakeMonitor {
        try FakeMonitor(in: folder, script: script)
    }

    private func connect(_ monitor: FakeMonitor, timeout: Duration = .seconds(30)) async throws -> QMPClient {
        try await QMPClient.connect(path: monitor.path, timeout: timeout, logger: Logger(label: "test"))
    }

    /// The error of an attempt that must fail.
    private func failure(_ body: () async throws -> Void) async throws -> MartletError {
        do {
            try await body()
        } catch let error as MartletError {
            return error
        }
        throw NothingFailed()
    }

    private struct NothingFailed: Error {}

    // MARK: Greeting

    @Test("a greeting and an agreement make a client that knows qemu's version")
    func connects() async throws {
        let monitor = try monitor {
            $0.agree()
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        #expect(client.version == QEMUVersion(major: 7, minor: 2, micro: 22))
        #expect(monitor.received.count == 1)
        #expect(monitor.received[0].hasPrefix(#"{"execute":"qmp_capabilities","id":""#))
        await client.close()
    }

    @Test("a greeting that never comes is a timeout, and the connection is closed")
    func silentFromTheStart() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let monitor = try monitor {
            $0.waitForEnd()
            end.finish()
        }
        let error = try await failure { _ = try await connect(monitor, timeout: .milliseconds(100)) }
        #expect(error.code == .timedOut)
        for await _ in ended {}
    }

    @Test("capabilities that are never agreed on are a timeout")
    func silentAfterGreeting() async throws {
        let monitor = try monitor {
            $0.line(FakeClient.greeting)
            $0.waitForEnd()
        }
        let error = try await failure { _ = try await connect(monitor, timeout: .milliseconds(100)) }
        #expect(error.code == .timedOut)
    }

    @Test(
        "what is no greeting is refused",
        arguments: [
            "HTTP/1.1 200 OK", "", "{}", "[]", "null", "{\"QMP\": 1}", #"{"return": {}, "id": "1"}"#,
            #"{"event": "STOP"}"#,
            "{\"QMP\"", "\u{0}", String(repeating: "[", count: 200_000), String(repeating: #"{"a":"#, count: 100_000),
        ]
    )
    func greetingOfAnotherKind(_ line: String) async throws {
        let monitor = try monitor {
            $0.line(line)
            $0.waitForEnd()
        }
        let error = try await failure { _ = try await connect(monitor) }
        #expect(error.code == .qemuFailed)
    }

    @Test("refused capabilities fail the connection with what qemu said")
    func capabilitiesRefused() async throws {
        let monitor = try monitor {
            $0.line(FakeClient.greeting)
            let id = $0.readID() ?? ""
            $0.line(#"{"error": {"class": "GenericError", "desc": "no"}, "id": "\#(id)"}"#)
            $0.waitForEnd()
        }
        let error = try await failure { _ = try await connect(monitor) }
        #expect(error.code == .qemuFailed)
        #expect("\(error)" == "qemu refused the command 'qmp_capabilities': qemu says: no")
    }

    @Test("a monitor that hangs up before it greets is unavailable")
    func hangsUp() async throws {
        let monitor = try monitor { _ in }
        let error = try await failure { _ = try await connect(monitor) }
        #expect(error.code == .unavailable)
    }

    @Test("a socket at which nobody listens is unavailable, and the message names it")
    func nobodyListens() async throws {
        let path = "/tmp/martlet-qemu-nobody-\(getpid()).sock"
        let error = try await failure {
            _ = try await QMPClient.connect(path: path, timeout: .seconds(30), logger: Logger(label: "test"))
        }
        #expect(error.code == .unavailable)
        #expect(error.message.contains(path))
    }

    @Test("a path that has no room in a socket's address is refused with its length")
    func longPath() async throws {
        let path = "/" + String(repeating: "x", count: 107)
        let error = try await failure {
            _ = try await QMPClient.connect(path: path, timeout: .seconds(30), logger: Logger(label: "test"))
        }
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains("108 bytes"))
    }

    @Test("waiting for a greeting can be cancelled")
    func cancelledGreeting() async throws {
        let monitor = try monitor { $0.waitForEnd() }
        let waiting = Task { try await connect(monitor, timeout: .seconds(600)) }
        waiting.cancel()
        let error = try await failure { _ = try await waiting.value }
        #expect(error.code == .cancelled)
    }

    // MARK: Commands

    @Test("a command is sent as QMP has it and its reply is decoded")
    func executes() async throws {
        let monitor = try monitor {
            $0.agree()
            $0.answer(#"{"status": "paused", "singlestep": false, "running": false, "new-in-9.0": [1]}"#)
            $0.answer(#"[{"node-name": "d1", "drv": "qcow2", "file": "disks/a", "ro": false}]"#)
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        #expect(try await client.execute(QueryStatus()) == QueryStatus.Reply(status: "paused", running: false))
        #expect(try await client.execute(QueryNamedBlockNodes()).map(\.nodeName) == ["d1"])
        let sent = monitor.received
        #expect(sent[1].hasPrefix(#"{"execute":"query-status","id":""#))
        #expect(sent[1].hasSuffix(#"","arguments":{}}"#))
        #expect(sent[2].hasSuffix(#"","arguments":{"flat":true}}"#))
    }

    @Test("replies find their commands in whatever order they come")
    func outOfOrder() async throws {
        let monitor = try monitor {
            $0.agree()
            let one = $0.readLine() ?? ""
            let two = $0.readLine() ?? ""
            for line in [two, one] {
                let isName = line.contains("query-name")
                let id = FakeClient.id(in: line) ?? ""
                $0.line(#"{"id": "\#(id)", "return": {\#(isName ? #""name": "n""# : #""UUID": "u""#)}}"#)
            }
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        async let name = client.execute(QueryName())
        async let uuid = client.execute(QueryUUID())
        #expect(try await name.name == "n")
        #expect(try await uuid.uuid == "u")
    }

    @Test("a reply in single bytes is a reply")
    func dribbled() async throws {
        let monitor = try monitor { client in
            client.agree()
            let id = client.readID() ?? ""
            for character in #"{"return": {"name": "☃"}, "id": "\#(id)"}"# { client.send(String(character)) }
            client.send("\n")
            client.waitForEnd()
        }
        let client = try await connect(monitor)
        #expect(try await client.execute(QueryName()).name == "☃")
    }

    @Test("replies to nobody's command are dropped, and the right one is still taken")
    func unknownID() async throws {
        let monitor = try monitor {
            $0.agree()
            let id = $0.readID() ?? ""
            $0.line(#"{"return": {"name": "wrong"}, "id": "another-1"}"#)
            $0.line(#"{"return": {"name": "wrong"}, "id": "\#(id)0"}"#)
            $0.line(#"{"error": {"class": "GenericError", "desc": "wrong"}, "id": ""}"#)
            $0.line(#"{"return": {"name": "right"}, "id": "\#(id)"}"#)
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        #expect(try await client.execute(QueryName()).name == "right")
    }

    @Test("a reply of another shape fails its command alone")
    func wrongShape() async throws {
        let monitor = try monitor {
            $0.agree()
            $0.answer("[1, 2]")
            $0.answer(#"{"name": "n"}"#)
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        let error = try await failure { _ = try await client.execute(QueryStatus()) }
        #expect(error.code == .qemuFailed)
        #expect(error.message.contains("'query-status'"))
        #expect(try await client.execute(QueryName()).name == "n")
    }

    @Test(
        "a refusal becomes an error by its class, with the command's name",
        arguments: [
            ("CommandNotFound", MartletError.Code.unsupported), ("DeviceNotFound", .notFound),
            ("DeviceNotActive", .wrongState),
            ("KVMMissingCap", .unsupported), ("GenericError", .qemuFailed), ("NeverHeardOf", .qemuFailed),
        ]
    )
    func refused(_ class: String, _ code: MartletError.Code) async throws {
        let monitor = try monitor {
            $0.agree()
            let id = $0.readID() ?? ""
            $0.line(#"{"id": "\#(id)", "error": {"class": "\#(`class`)", "desc": "because"}}"#)
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        let error = try await failure { _ = try await client.execute(Cont()) }
        #expect(error.code == code)
        #expect("\(error)" == "qemu refused the command 'cont': qemu says: because")
        #expect(error.details.contains(.init("class", `class`)))
    }

    @Test("a command that is never answered is a timeout; its late reply is dropped and the next command works")
    func lateReply() async throws {
        let monitor = try monitor {
            $0.agree()
            let late = $0.readID() ?? ""
            let id = $0.readID() ?? ""
            $0.line(#"{"return": {"name": "late"}, "id": "\#(late)"}"#)
            $0.line(#"{"return": {"name": "right"}, "id": "\#(id)"}"#)
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        let error = try await failure { _ = try await client.execute(QueryName(), timeout: .milliseconds(50)) }
        #expect(error.code == .timedOut)
        #expect(error.message.contains("'query-name'"))
        #expect(try await client.execute(QueryName()).name == "right")
    }

    @Test("a monitor that owes too many replies is given up")
    func owesReplies() async throws {
        let monitor = try monitor {
            $0.agree()
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        for _ in 0...QMPSession.mostAbandoned {
            let error = try await failure { _ = try await client.execute(Stop(), timeout: .milliseconds(1)) }
            #expect(error.code == .timedOut)
        }
        let error = try await failure { _ = try await client.execute(Stop()) }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("owes"))
        for await _ in client.events {}
    }

    @Test("waiting for a reply can be cancelled")
    func cancelledCommand() async throws {
        let monitor = try monitor {
            $0.agree()
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        let waiting = Task { try await client.execute(Stop(), timeout: .seconds(600)) }
        try await eventually({ monitor.received.count }, is: { $0 == 2 })
        waiting.cancel()
        let error = try await failure { _ = try await waiting.value }
        #expect(error.code == .cancelled)
    }

    @Test("commands without number can't pile up")
    func tooManyCommands() async throws {
        let monitor = try monitor {
            $0.agree()
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        let codes = await withTaskGroup(of: MartletError.Code?.self) { group in
            for _ in 0..<QMPSession.mostWaiting + 10 {
                group.addTask {
                    do throws(MartletError) {
                        _ = try await client.execute(Stop(), timeout: .seconds(600))
                        return nil
                    } catch { return error.code }
                }
            }
            var codes: [MartletError.Code?] = []
            for await code in group {
                codes.append(code)
                if codes.count == 10 { await client.close() }
            }
            return codes
        }
        #expect(codes.prefix(10).allSatisfy { $0 == .tooMany })
        #expect(codes.dropFirst(10).allSatisfy { $0 == .unavailable })
    }

    // MARK: Ends

    @Test("a connection that closes in the middle of a line fails its commands and ends the events")
    func closesMidLine() async throws {
        let monitor = try monitor {
            $0.agree()
            _ = $0.readLine()
            $0.send(#"{"return": {"na"#)
        }
        let client = try await connect(monitor)
        let error = try await failure { _ = try await client.execute(QueryName()) }
        #expect(error.code == .unavailable)
        for await _ in client.events {}
        let later = try await failure { _ = try await client.execute(QueryName()) }
        #expect(later.code == .unavailable)
    }

    @Test("a line that doesn't end is cut off at a mebibyte", arguments: ["", "\n"])
    func endlessLine(_ end: String) async throws {
        let monitor = try monitor {
            $0.agree()
            _ = $0.readLine()
            $0.send(String(repeating: "x", count: LineBuffer.limit + 1) + end)
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        let error = try await failure { _ = try await client.execute(QueryName()) }
        #expect(error.code == .tooLarge)
        for await _ in client.events {}
    }

    @Test("nonsense in the middle ends the connection")
    func nonsense() async throws {
        let monitor = try monitor {
            $0.agree()
            _ = $0.readLine()
            $0.line("Segmentation fault")
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        let error = try await failure { _ = try await client.execute(QueryName()) }
        #expect(error.code == .qemuFailed)
    }

    @Test("quit takes the end of the connection for obedience")
    func quit() async throws {
        let monitor = try monitor {
            $0.agree()
            _ = $0.readLine()
        }
        let client = try await connect(monitor)
        try await client.quit()
        #expect(monitor.received.last?.contains(#""execute":"quit""#) == true)
    }

    @Test("closing fails what is under way and ends the events; twice does no harm")
    func closes() async throws {
        let monitor = try monitor {
            $0.agree()
            $0.waitForEnd()
        }
        let client = try await connect(monitor)
        let waiting = Task { try await client.execute(Stop()) }
        try await eventually({ monitor.received.count }, is: { $0 == 2 })
        await client.close()
        await client.close()
        let error = try await failure { _ = try await waiting.value }
        #expect(error.code == .unavailable)
        for await _ in client.events {}
    }

    @Test("a client that is let go closes its connection")
    func letGo() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let monitor = try monitor {
            $0.agree()
            $0.waitForEnd()
            end.finish()
        }
        _ = try await connect(monitor)
        for await _ in ended {}
    }

    // MARK: Events

    @Test("events are told in their order, each with its details")
    func events() async throws {
        let monitor = try monitor {
            $0.agree()
            let time = #""timestamp": {"seconds": 1, "microseconds": 2}"#
            $0.line(#"{\#(time), "event": "RESUME"}"#)
            $0.line(#"{\#(time), "event": "RESET", "data": {"guest": true, "reason": "guest-reset"}}"#)
            $0.line(#"{\#(time), "event": "GUEST_PANICKED", "data": {"action": "run"}}"#)
            $0.line(#"{\#(time), "event": "WATCHDOG", "data": {"action": "reset"}}"#)
            $0.line(
                #"{\#(time), "event": "BLOCK_IO_ERROR", "data": {"device": "", "node-name": "d1", "operation": "write", "#
                    + #""action": "stop", "nospace": true, "reason": "No space left on device"}}"#
            )
            $0.line(#"{\#(time), "event": "STOP"}"#)
            $0.line(#"{\#(time), "event": "POWERDOWN"}"#)
            $0.line(#"{\#(time), "event": "RTC_CHANGE", "data": {"offset": 1}}"#)
            $0.line(#"{\#(time), "event": "SHUTDOWN", "data": "not what it should be"}"#)
            $0.line(#"{\#(time), "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}}"#)
        }
        let client = try await connect(monitor)
        var seen: [QMPEvent] = []
        for await event in client.events { seen.append(event) }
        let error = QMPEvent.BlockIOError(
            device: "", node: "d1", operation: "write", action: "stop", reason: "No space left on device",
            hasNoSpace: true
        )
        #expect(
            seen == [
                .resume, .reset(guest: true), .guestPanicked(action: "run"), .watchdog(action: "reset"),
                .blockIOError(error),
                .stop, .powerdown, .other(name: "RTC_CHANGE"), .shutdown(guest: false, reason: "unknown"),
                .shutdown(guest: true, reason: "guest-shutdown"),
            ]
        )
    }

    @Test("a flood of events keeps the newest, and commands are still answered")
    func flood() async throws {
        let monitor = try monitor { client in
            client.agree()
            let line = #"{"event": "E", "data": {"x": "\#(String(repeating: "x", count: 1000))"}}"# + "\r\n"
            for _ in 0..<50 { client.send(String(repeating: line, count: 1000)) }
            client.answer(#"{"name": "n"}"#)
            client.line(#"{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}}"#)
        }
        let client = try await connect(monitor)
        #expect(try await client.execute(QueryName(), timeout: .seconds(120)).name == "n")
        // The first ones leave as the last come; by the reply, all 50,000 have been through.
        var seen: [QMPEvent] = []
        for await event in client.events { seen.append(event) }
        #expect(seen.count <= QMPConnection.eventBuffer + 1)
        #expect(seen.last == .shutdown(guest: true, reason: "guest-shutdown"))
    }

    @Test("two hundred clients need no more threads than one")
    func manyClients() async throws {
        var clients: [QMPClient] = []
        var monitors: [FakeMonitor] = []
        for _ in 0..<200 {
            let monitor = try FakeMonitor(in: TestFolder()) {
                $0.agree()
                $0.answer(#"{"name": "n"}"#)
                $0.waitForEnd()
            }
            monitors.append(monitor)
            clients.append(try await connect(monitor))
        }
        // Each fake monitor has a thread of its own: what is left is the client's share.
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        #expect(threads - monitors.count < 100)
        for client in clients { #expect(try await client.execute(QueryName()).name == "n") }
        for client in clients { await client.close() }
    }
}
