import Glibc
import MartletModel

/// A line that is typed and not shown, such as a password.
package enum HiddenLine {
    /// The longest line, in bytes; what is typed behind it is dropped.
    private static let longest = 1_024

    /// Shows `prompt` at the person's terminal and reads a line from there, whatever standard input is; nil when there is no terminal,
    /// or when the person gave up by Ctrl-C or Ctrl-D.
    ///
    /// Blocks until the line is there. The terminal is in its own mode again on every way out.
    package static func read(prompt: String) -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        if terminal >= 0 {
            let owned = OwnedDescriptor(terminal)
            return read(prompt, from: owned.number, to: owned.number)
        }
        guard TerminalMode.isTerminal(STDIN_FILENO) else { return nil }
        return read(prompt, from: STDIN_FILENO, to: STDERR_FILENO)
    }

    private static func read(_ prompt: String, from input: Int32, to output: Int32) -> String? {
        guard let mode = try? TerminalMode.enterRaw(input) else { return nil }
        defer {
            mode.restore()
            show("\r\n", output)
        }
        show(prompt, output)
        var line: [UInt8] = []
        defer { explicit_bzero(&line, line.count) }
        // Never moved while it grows, so that no copy of it stays behind.
        line.reserveCapacity(longest)
        while true {
            var byte: UInt8 = 0
            let count = Glibc.read(input, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { return nil }
            switch byte {
            case 0x0A, 0x0D: return String(decoding: line, as: UTF8.self)
            case 0x03: return nil
            case 0x04: if line.isEmpty { return nil }
            case 0x08, 0x7F: eraseLast(&line)
            case 0x15: line.removeAll(keepingCapacity: true)
            default: if line.count < longest { line.append(byte) }
            }
        }
    }

    /// The last character, with all of its bytes.
    private static func eraseLast(_ line: inout [UInt8]) {
        while let last = line.popLast(), last & 0xC0 == 0x80 {}
    }

    private static func show(_ text: String, _ descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}
