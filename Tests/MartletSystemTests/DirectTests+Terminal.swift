import MartletLinux
import MartletTestSupport
import Testing

extension HostSuites.DirectTests {
    /// What somebody does at a terminal of 37 rows and 101 columns, in Python, which has pseudo-terminals: types lines, waits for what
    /// they print, makes the window larger, interrupts a program, and ends the shell with 9. Prints what was wrong.
    private static let sitting = #"""
        import fcntl, os, pty, select, struct, sys, termios, time

        def resize(end, rows, columns):
            fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        person, program = pty.openpty()
        resize(program, 37, 101)
        before = termios.tcgetattr(program)
        child = os.fork()
        if child == 0:
            os.close(person)
            os.login_tty(program)
            os.execv(sys.argv[1], sys.argv[1:])

        seen = b""

        def wait_for(words):
            global seen
            deadline = time.monotonic() + 120
            while words not in seen:
                if not select.select([person], [], [], max(0, deadline - time.monotonic()))[0]:
                    sys.exit("%r didn't come; this did: %r" % (words, seen))
                seen += os.read(person, 65536)
            seen = seen[seen.index(words) + len(words):]

        def type_line(line):
            os.write(person, line.encode() + b"\r")

        type_line("stty size; echo size-$((20 + 22))")
        wait_for(b"37 101")
        wait_for(b"size-42")
        resize(person, 50, 120)
        type_line("until stty size | grep -q '50 120'; do sleep 0.1; done; echo larger-$((20 + 22))")
        wait_for(b"larger-42")
        type_line("sh -c 'echo began-$((20 + 22)); exec sleep 86400'")
        wait_for(b"began-42")
        os.write(person, b"\x03")
        type_line("echo after-$?")
        wait_for(b"after-130")
        type_line("exit 9")
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != 9:
            sys.exit("it ended with %d; this came: %r" % (code, seen))
        if termios.tcgetattr(program) != before:
            sys.exit("the terminal isn't as it was")
        """#

    /// A shell on a real terminal: its size, a new size, an interrupt that is the guest's alone, its end; the terminal is as before.
    func terminal(_ person: Person) async throws {
        try await CommandRunner(timeLimit: .seconds(600)).run(
            "python3",
            [
                "-c", Self.sitting, "\(Programs.folder)/martlet", "--root", person.lab.root, "vm", "enter", "hello",
                "--password-file", person.file("pw"),
            ])
    }
}
