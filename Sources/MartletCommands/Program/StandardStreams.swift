import Glibc
import MartletLinux

/// Where a command reads from and writes to; tests give their own.
package struct StandardStreams: Sendable {
    /// For results.
    package var output: @Sendable ([UInt8]) throws -> Void
    /// For all else.
    package var error: @Sendable ([UInt8]) throws -> Void
    /// What is typed or piped in, until it ends. To be asked for once.
    package var input: @Sendable () -> AsyncStream<[UInt8]>
    /// The answer to a question, without its line feed; nil when there is none.
    package var readLine: @Sendable () -> String?
    /// A line that is typed and not shown, with what to show before it; nil when nobody is there to type.
    package var readHiddenLine: @Sendable (_ prompt: String) -> String?
    package var isInputTerminal: Bool
    package var isOutputTerminal: Bool
    package var isErrorTerminal: Bool
    /// How wide the terminal of `error` is, in characters.
    package var columns: Int

    package init(
        output: @escaping @Sendable ([UInt8]) throws -> Void,
        error: @escaping @Sendable ([UInt8]) throws -> Void,
        input: @escaping @Sendable () -> AsyncStream<[UInt8]>,
        readLine: @escaping @Sendable () -> String? = { nil },
        readHiddenLine: @escaping @Sendable (String) -> String? = { _ in nil },
        isInputTerminal: Bool = false,
        isOutputTerminal: Bool = false,
        isErrorTerminal: Bool = false,
        columns: Int = 80
    ) {
        self.output = output
        self.error = error
        self.input = input
        self.readLine = readLine
        self.readHiddenLine = readHiddenLine
        self.isInputTerminal = isInputTerminal
        self.isOutputTerminal = isOutputTerminal
        self.isErrorTerminal = isErrorTerminal
        self.columns = columns
    }

    /// Those of this process.
    package static var process: StandardStreams {
        StandardStreams(
            output: { try write($0, to: STDOUT_FILENO) },
            error: { try write($0, to: STDERR_FILENO) },
            input: { InputReader.bytes(of: STDIN_FILENO) },
            readLine: { Swift.readLine() },
            readHiddenLine: { HiddenLine.read(prompt: $0) },
            isInputTerminal: TerminalMode.isTerminal(STDIN_FILENO),
            isOutputTerminal: TerminalMode.isTerminal(STDOUT_FILENO),
            isErrorTerminal: TerminalMode.isTerminal(STDERR_FILENO),
            columns: TerminalMode.windowSize(STDERR_FILENO)?.columns ?? 80
        )
    }

    /// A result.
    func print(_ text: String) throws { try output(Array(text.utf8)) }

    /// Anything but a result. Who can't be told can't be told that either.
    func tell(_ text: String) { try? error(Array(text.utf8)) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            // The bytes are only read, and only while the call lasts.
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                waitUntilWritable(descriptor)
            } else if errno != EINTR {
                throw OutputClosed()
            }
        }
    }

    /// The terminal may have been left non-blocking by another program that shares it.
    private static func waitUntilWritable(_ descriptor: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, -1)
    }
}
