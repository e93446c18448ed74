import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Terminals")
struct TerminalModeTests {
    @Test("raw mode passes keys on as typed, and going back restores every flag")
    func raw() throws {
        let terminal = try PseudoTerminal()
        let before = terminal.mode
        let mode = try TerminalMode.enterRaw(terminal.line)
        #expect(terminal.mode.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == 0)
        #expect(before.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == tcflag_t(ICANON | ECHO | ISIG))
        for _ in 0..<2 {
            mode.restore()
            #expect(terminal.mode.c_lflag == before.c_lflag && terminal.mode.c_iflag == before.c_iflag)
            #expect(terminal.mode.c_oflag == before.c_oflag && terminal.mode.c_cflag == before.c_cflag)
        }
    }

    @Test("a terminal tells its size, once it has one")
    func size() throws {
        let terminal = try PseudoTerminal()
        #expect(TerminalMode.isTerminal(terminal.line))
        #expect(TerminalMode.windowSize(terminal.line) == nil)
        var size = winsize(ws_row: 50, ws_col: 132, ws_xpixel: 0, ws_ypixel: 0)
        #expect(ioctl(terminal.line, UInt(TIOCSWINSZ), &size) == 0)
        let told = try #require(TerminalMode.windowSize(terminal.line))
        #expect(told == (columns: 132, rows: 50))
    }

    @Test("what isn't a terminal is refused")
    func notTerminal() async {
        let file = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(file) }
        #expect(!TerminalMode.isTerminal(file) && TerminalMode.windowSize(file) == nil)
        #expect(await failure { _ = try TerminalMode.enterRaw(file) }?.code == .unsupported)
    }
}

/// Both ends of a pseudo terminal, closed with their owner.
private final class PseudoTerminal {
    let line: Int32
    private let other: Int32

    init() throws {
        var other: Int32 = -1
        var line: Int32 = -1
        try #require(openpty(&other, &line, nil, nil, nil) == 0)
        self.other = other
        self.line = line
    }

    deinit {
        close(line)
        close(other)
    }

    var mode: termios {
        var mode = termios()
        tcgetattr(line, &mode)
        return mode
    }
}
