import MartletClient
import MartletModel
import Testing

@Suite("Reading an event stream")
struct ServerSentEventParserTests {
    private static let stream = """
        \u{FEFF}: a comment\r\n\r\nid: 1\r\nevent: vm.changed\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:no blank\rdata\r\r\
        id:2\nretry: 5\nunknown: x\ndata:  two blanks\n\nevent: lost\n\nid: 3\0\ndata: ünïcode 🐦\n\ndata: unfinished
        """

    private static let events = [
        ServerSentEvent(id: "1", name: "vm.changed", data: "{\"a\":\n1}"),
        ServerSentEvent(id: "1", name: "message", data: "no blank\n"),
        ServerSentEvent(id: "2", name: "message", data: " two blanks"),
        ServerSentEvent(id: "2", name: "message", data: "ünïcode 🐦"),
    ]

    @Test("all line ends, several data lines, ids that last, names that don't")
    func whole() throws {
        var parser = ServerSentEventParser(limitInBytes: 1000)
        #expect(try parser.read(Self.stream.utf8) == Self.events)
    }

    @Test("it doesn't matter how the bytes are cut", arguments: 1...20)
    func pieces(size: Int) throws {
        var parser = ServerSentEventParser(limitInBytes: 1000)
        let bytes = Array(Self.stream.utf8)
        var events: [ServerSentEvent] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            events += try parser.read(bytes[start..<min(start + size, bytes.count)])
        }
        #expect(events == Self.events)
    }

    @Test("a cut at any one place changes nothing")
    func anyCut() throws {
        let bytes = Array(Self.stream.utf8)
        for cut in bytes.indices {
            var parser = ServerSentEventParser(limitInBytes: 1000)
            #expect(try parser.read(bytes[..<cut]) + parser.read(bytes[cut...]) == Self.events, "cut at \(cut)")
        }
    }

    @Test("bytes that aren't UTF-8 are replaced")
    func notUTF8() throws {
        var parser = ServerSentEventParser(limitInBytes: 1000)
        let events = try parser.read(Array("data: ".utf8) + [0xFF, 0xFE] + Array("\n\n".utf8))
        #expect(events.map(\.data) == ["\u{FFFD}\u{FFFD}"])
    }

    @Test(
        "an event past the limit is refused, in one line or in many",
        arguments: ["data: " + String(repeating: "x", count: 60), String(repeating: "data: xxxxxxxxx\n", count: 6)]
    )
    func limit(text: String) {
        var parser = ServerSentEventParser(limitInBytes: 50)
        let error = #expect(throws: MartletError.self) { try parser.read(text.utf8) }
        #expect(error?.code == .tooLarge)
    }

    @Test("many events within the limit are read though they exceed it together")
    func many() throws {
        var parser = ServerSentEventParser(limitInBytes: 50)
        #expect(try parser.read(String(repeating: "data: x\n\n", count: 100).utf8).count == 100)
    }
}
