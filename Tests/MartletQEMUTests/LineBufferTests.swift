import MartletModel
import NIOCore
import Testing

@testable import MartletQEMU

@Suite("Lines from the monitor")
struct LineBufferTests {
    private func lines(_ pieces: [String]) throws -> ([String], LineBuffer) {
        var buffer = LineBuffer()
        var lines: [String] = []
        for piece in pieces {
            buffer.append(ByteBuffer(string: piece))
            while let line = try buffer.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        return (lines, buffer)
    }

    @Test("the same lines come out however the bytes are cut")
    func anyCut() throws {
        let text = "one\r\ntwo\n\n☃ four\r\nfi"
        let bytes = Array(text.utf8)
        for size in 1...bytes.count {
            var buffer = LineBuffer()
            var lines: [String] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                buffer.append(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
                while let line = try buffer.next() { lines.append(String(decoding: line, as: UTF8.self)) }
            }
            #expect(lines == ["one", "two", "", "☃ four"])
            #expect(buffer.pendingBytes == 2)
        }
    }

    @Test("nothing is kept once all lines are whole")
    func keepsNothing() throws {
        let (found, buffer) = try lines(["a\nb", "\n"])
        #expect(found == ["a", "b"])
        #expect(buffer.pendingBytes == 0)
    }

    @Test("a line of the limit is taken and one more byte is too large")
    func limit() throws {
        let most = String(repeating: "x", count: LineBuffer.limit)
        let (found, _) = try lines([most, "\n"])
        #expect(found == [most])
        let error = #expect(throws: MartletError.self) { _ = try lines([most, "x"]) }
        #expect(error?.code == .tooLarge)
    }
}
