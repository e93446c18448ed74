import Glibc
package import MartletModel

/// The way between one side of a copy, which blocks a thread, and whoever carries what it says to the other side.
///
/// Nothing piles up: while `write` isn't heard or `read` isn't called, whoever is faster waits.
package final class CopyLine: Sendable {
    /// Of one reading, in bytes; as much as a web socket's message to a guest holds.
    private static let piece = 64 * 1024

    private let side: SharedDescriptor
    /// One for each that waits.
    private let reader: SharedDescriptor
    private let writer: SharedDescriptor

    /// - Throws: `tooMany`, `ioFailed`.
    package init() throws(MartletError) {
        // A side that says something when nobody hears it is told so; it must not end the process.
        signal(SIGPIPE, SIG_IGN)
        var pair: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw .system(errno, "make a pair of sockets")
        }
        side = SharedDescriptor(pair[0])
        reader = SharedDescriptor(pair[1])
        writer = try reader.duplicate()
    }

    /// Runs one side of the copy on a thread of its own; the line is closed to it when it has ended.
    ///
    /// - Parameter body: is given the descriptor to read from and to write to.
    /// - Throws: what `body` throws.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable (CInt) throws(MartletError) -> Value
    ) async throws(MartletError) -> Value {
        let side = side
        return try await BlockingWork.run { () throws(MartletError) in
            // What it has said can still be read.
            defer { shutdown(side.number, CInt(SHUT_RDWR)) }
            return try body(side.number)
        }
    }

    /// What the side says next; nil when it has said all, the line is closed or the task is cancelled. Called by one task.
    package func read() async -> [UInt8]? {
        while !Task.isCancelled {
            var count = 0
            let piece = [UInt8](unsafeUninitializedCapacity: Self.piece) { buffer, filled in
                count = recv(reader.number, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
                filled = max(0, count)
            }
            if count > 0 { return piece }
            if count == 0 || (errno != EAGAIN && errno != EINTR) { return nil }
            if errno == EAGAIN { await DescriptorReadiness.shared.wait((reader, .reading)) }
        }
        return nil
    }

    /// Says something to the side; false once it hears nothing more. Called by one task.
    package func write(_ bytes: [UInt8]) async -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            if Task.isCancelled { return false }
            // What is written stays where it is for the call.
            let count = rest.withUnsafeBytes {
                send(writer.number, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                await DescriptorReadiness.shared.wait((writer, .writing))
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Nobody hears the side any more; it still hears.
    package func stopReading() { shutdown(reader.number, CInt(SHUT_RD)) }

    /// Nobody hears the side any more, nor says anything to it beyond what was said: it ends.
    package func close() { shutdown(reader.number, CInt(SHUT_RDWR)) }
}
