import Glibc
import MartletLinux
import MartletModel
import Testing

@testable import MartletQEMU

@Suite("The console", .timeLimit(.minutes(5)))
struct ConsoleTests {
    @Test("a slow reader keeps the newest bytes and knows how many it lost")
    func dropsOldest() {
        var bytes = ConsoleBytes(limit: 4)
        bytes.append([1, 2, 3])
        bytes.append([4, 5, 6])
        #expect(bytes.takeAll() == [3, 4, 5, 6])
        #expect(bytes.dropped == 2)
        #expect(bytes.isEmpty)
        bytes.append(0..<100)
        #expect(bytes.takeAll() == [96, 97, 98, 99])
        #expect(bytes.dropped == 98)
    }

    @Test("whatever comes in whatever pieces, never more than twice the limit is kept", arguments: 0..<20)
    func bounded(seed: UInt64) {
        var random = SplitMix(state: seed)
        var bytes = ConsoleBytes(limit: 100)
        var all: [UInt8] = []
        for _ in 0..<200 {
            let piece = (0..<Int.random(in: 0..<150, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            bytes.append(piece)
            all += piece
        }
        let kept = bytes.takeAll()
        #expect(kept.count <= 100)
        #expect(kept == Array(all.suffix(kept.count)))
        #expect(UInt64(kept.count) + bytes.dropped == UInt64(all.count))
    }

    @Test("what came before the reader is read first, then what comes, then the end")
    func order() async {
        let output = ConsoleOutput()
        output.append([1])
        output.append([2])
        let reader = output.makeAsyncIterator()
        #expect(await reader.next() == [1, 2])
        async let later = reader.next()
        output.append([3])
        #expect(await later == [3])
        output.append([4])
        output.end()
        #expect(await reader.next() == [4])
        #expect(await reader.next() == nil)
    }

    @Test("a reader that waits can be cancelled", arguments: 0..<50)
    func cancelled(_: Int) async {
        let output = ConsoleOutput()
        let waiting = Task { await output.makeAsyncIterator().next() }
        waiting.cancel()
        #expect(await waiting.value == nil)
    }

    @Test("a flood is cut to the newest, and the end is still told")
    func flood() async throws {
        let folder = try TestFolder()
        let total = 8 << 20
        let serving = try serve(folder) { descriptor in
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
            for _ in 0..<(total / piece.count) { send(descriptor, piece) }
            send(descriptor, Array("the end".utf8))
        }
        let console = try await ConsoleConnection.connect(path: serving)
        var seen: [UInt8] = []
        var largest = 0
        for await piece in console.output {
            seen += piece
            largest = max(largest, piece.count)
        }
        #expect(largest <= ConsoleOutput.limit)
        #expect(UInt64(seen.count) + console.output.droppedBytes == UInt64(total + 7))
        #expect(String(decoding: seen.suffix(7), as: UTF8.self) == "the end")
    }

    @Test("a guest that doesn't read what is typed is told apart, and nothing piles up")
    func doesNotRead() async throws {
        let folder = try TestFolder()
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let serving = try serve(folder) { _ in
            end.finish()
            pause()
        }
        let console = try await ConsoleConnection.connect(path: serving)
        for await _ in ended {}
        let piece = [UInt8](repeating: 0, count: 1 << 16)
        let error = await #expect(throws: MartletError.self) {
            for _ in 0..<1000 { try await console.write(piece) }
        }
        #expect(error?.code == .tooMany)
        await console.close()
    }

    @Test("a path without room in a socket's address is refused, and one without listener is unavailable")
    func paths() async throws {
        let folder = try TestFolder()
        let long = await #expect(throws: MartletError.self) {
            _ = try await ConsoleConnection.connect(path: "/" + String(repeating: "x", count: 107))
        }
        #expect(long?.code == .invalidArgument)
        let missing = await #expect(throws: MartletError.self) {
            _ = try await ConsoleConnection.connect(path: folder.file("none.sock"))
        }
        #expect(missing?.code == .unavailable)
    }

    /// Serves one client on a thread of its own, and hangs up when `body` returns.
    private func serve(_ folder: TestFolder, _ body: @escaping @Sendable (Int32) -> Void) throws -> String {
        let path = folder.file("console.sock")
        let listener = try UnixListener.bind(path: path, mode: 0o600)
        Thread.start {
            let descriptor = accept(listener, nil, nil)
            body(descriptor)
            close(descriptor)
            close(listener)
        }
        return path
    }
}

private func send(_ descriptor: Int32, _ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard sent > 0 else { return }
        rest = rest.dropFirst(sent)
    }
}
