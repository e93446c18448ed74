import Glibc
import MartletModel
import Testing

@testable import MartletLinux

@Suite("The line to one side of a copy")
struct CopyLineTests {
    @Test("much goes both ways, and what the side said last is heard after its end")
    func traffic() async throws {
        let line = try CopyLine()
        async let counted = line.run { side throws(MartletError) in
            var (buffer, sum) = ([UInt8](repeating: 0, count: 1_000), 0)
            while sum < 3_000_000 {
                let count = Glibc.read(side, &buffer, buffer.count)
                if count <= 0 { break }
                // Said back at once: neither waits for the other for ever.
                if Glibc.write(side, buffer, count) != count { break }
                sum += count
            }
            return sum
        }
        async let written = line.write([UInt8](repeating: 7, count: 3_000_000))
        var heard = 0
        while let piece = await line.read() { heard += piece.count }
        #expect(heard == 3_000_000)
        #expect(await written)
        #expect(try await counted == 3_000_000)
        #expect(await !line.write([1]))
    }

    @Test("a side that nobody hears any more still hears what comes, and one whose line is closed ends")
    func closing() async throws {
        let line = try CopyLine()
        async let said = line.run { side throws(MartletError) -> (sent: Bool, heard: Int) in
            let piece = [UInt8](repeating: 1, count: 1_000_000)
            // Until nobody hears it.
            var sent = 0
            while sent >= 0 { sent = Glibc.write(side, piece, piece.count) }
            var buffer = [UInt8](repeating: 0, count: 10)
            var heard = 0
            while case let count = Glibc.read(side, &buffer, buffer.count), count > 0 { heard += count }
            return (errno == EPIPE || sent < 0, heard)
        }
        #expect(await line.read() != nil)
        #expect(await line.write([1, 2, 3]))
        line.stopReading()
        line.close()
        let (sent, heard) = try await said
        #expect(sent && heard == 3)
    }

    @Test("a reader that is cancelled is let go")
    func cancellation() async throws {
        let line = try CopyLine()
        let task = Task { await line.read() }
        task.cancel()
        #expect(await task.value == nil)
    }
}
