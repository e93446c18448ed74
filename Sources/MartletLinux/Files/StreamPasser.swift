import CMartletLinux
import Glibc
import MartletModel

/// The process behind a `GatedStream`: `PROGRAM pass-stream`, with the pipe, the file and a socket to whoever started it as its
/// descriptors 3, 4 and 5.
///
/// It waits for a byte on the socket, drops the page that the pipe was filled with, and writes the rest to the file. Once the socket's
/// other end is closed, or the file takes no more, it reads on and writes nothing. At the end of the pipe it says the error's number,
/// 0 for none, and ends.
package enum StreamPasser {
    package static let word = "pass-stream"
    static let page = 4_096
    /// Of an opened pipe, in bytes; the most that an unprivileged process may ask for.
    private static let capacity = 1 << 20
    private static let (pipe, file, control): (Int32, Int32, Int32) = (3, 4, 5)

    /// - Returns: the exit code; nil when something else is asked for.
    package static func run(_ arguments: [String]) -> Int32? {
        guard arguments == [word] else { return nil }
        signal(SIGPIPE, SIG_IGN)
        // A host that goes down ends QEMU before it ends us, by closing the pipe.
        signal(SIGTERM, SIG_IGN)
        var isAsked = waitForWord()
        var failure: Int32 = 0
        var buffer = [UInt8](repeating: 0, count: capacity)
        var junk = page
        while junk > 0, case let got = get(&buffer, atMost: junk), got > 0 { junk -= got }
        _ = fcntl(pipe, MARTLET_F_SETPIPE_SZ, Int32(capacity))
        while case let got = get(&buffer, atMost: buffer.count), got > 0 {
            if isAsked { isAsked = !hasLeft() }
            if isAsked, failure == 0 { failure = put(buffer, count: got) }
        }
        if !isAsked, failure == 0 { failure = ECANCELED }
        _ = send(control, &failure, MemoryLayout<Int32>.size, Int32(MSG_NOSIGNAL))
        return 0
    }

    /// - Returns: false when whoever would say it has gone.
    private static func waitForWord() -> Bool {
        var word: UInt8 = 0
        while true {
            let got = recv(control, &word, 1, 0)
            if got < 0 && errno == EINTR { continue }
            return got == 1
        }
    }

    private static func hasLeft() -> Bool {
        var word: UInt8 = 0
        return recv(control, &word, 1, Int32(MSG_DONTWAIT)) == 0
    }

    private static func get(_ buffer: inout [UInt8], atMost count: Int) -> Int {
        while true {
            let got = read(pipe, &buffer, count)
            if got < 0 && errno == EINTR { continue }
            return got
        }
    }

    /// - Returns: the error's number.
    private static func put(_ buffer: [UInt8], count: Int) -> Int32 {
        var written = 0
        while written < count {
            // The pointer stays inside the buffer, and is used before the closure returns.
            let got = buffer.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + written }, count - written) }
            if got < 0 && errno == EINTR { continue }
            if got < 0 { return errno }
            written += got
        }
        return 0
    }
}
