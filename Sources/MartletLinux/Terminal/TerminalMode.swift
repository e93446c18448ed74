import CMartletLinux
import Glibc
package import MartletModel

/// A terminal's mode as it was, to go back to.
package struct TerminalMode: Sendable {
    private let descriptor: Int32
    private let saved: termios

    /// Puts the terminal into raw mode, in which each key goes to the reader as it is typed, interrupt keys too.
    ///
    /// The caller calls `restore` on every way out.
    /// - Throws: `unsupported` when the descriptor isn't a terminal; `ioFailed`.
    package static func enterRaw(_ descriptor: Int32) throws(MartletError) -> TerminalMode {
        var present = termios()
        if tcgetattr(descriptor, &present) != 0 {
            guard errno == ENOTTY else { throw .system(errno, "read the terminal's mode") }
            throw MartletError(.unsupported, "descriptor \(descriptor) is not a terminal")
        }
        var raw = present
        cfmakeraw(&raw)
        // What was typed ahead is for whoever reads now.
        if tcsetattr(descriptor, TCSADRAIN, &raw) != 0 { throw .system(errno, "set the terminal's mode") }
        return TerminalMode(descriptor: descriptor, saved: present)
    }

    /// Puts the terminal back into the mode it had; may be called again.
    package func restore() {
        var saved = saved
        tcsetattr(descriptor, TCSADRAIN, &saved)
    }

    /// Whether a person may be at the other end.
    package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// The terminal's size in characters; nil when it isn't a terminal or doesn't know its size.
    package static func windowSize(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard martlet_window_size(descriptor, &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
