import Glibc
import MartletClient
import MartletLinux
import MartletModel

/// A person's terminal, at a shell or a program of a guest's.
struct GuestTerminal: Sendable {
    private enum Ending: Sendable {
        case ended(GuestProgramEnd)
        case left
        /// Nothing more of this kind comes.
        case quiet
    }

    let context: CommandContext

    /// What the guest's terminal is like: as this one.
    var terminal: GuestProgramStart.Terminal {
        GuestProgramStart.Terminal(type: context.variable("TERM") ?? "xterm-256color", size: size)
    }

    /// What of the environment goes along, as `ssh` is set up to do.
    var environment: [String: String] {
        context.environment.filter { $0.key == "LANG" || $0.key.hasPrefix("LC_") || $0.key == "COLORTERM" }
    }

    private var size: GuestProgramStart.Size {
        let seen = TerminalMode.windowSize(STDIN_FILENO) ?? (80, 24)
        let limits = GuestProgramStart.Size.limits
        return .init(
            columns: min(seen.columns, limits.upperBound), rows: min(seen.rows, limits.upperBound))
    }

    /// Joins the terminal and the program until it ends or the person leaves; the terminal is in its own mode again on every way out.
    ///
    /// - Returns: how the program ended; nil when the person left, and the program is hung up.
    /// - Throws: what the host says; `unavailable` when the connection is lost.
    func run(_ program: GuestProgram) async throws -> GuestProgramEnd? {
        let mode = context.streams.isInputTerminal ? try? TerminalMode.enterRaw(STDIN_FILENO) : nil
        defer { mode?.restore() }
        let streams = context.streams
        return try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                .ended(
                    try await program.follow { output in
                        switch output {
                        case .output(let bytes), .errors(let bytes): try streams.output(bytes)
                        case .started, .ended, .failed: break
                        }
                    })
            }
            group.addTask { try await type(program) }
            group.addTask { try await signals(program) }
            defer { group.cancelAll() }
            while let ending = try await group.next() {
                switch ending {
                case .ended(let end): return end
                case .left: return nil
                case .quiet: continue
                }
            }
            throw CancellationError()
        }
    }

    private func type(_ program: GuestProgram) async throws -> Ending {
        var escape = EscapeWatch()
        for await bytes in context.streams.input() {
            let (passed, leaves) = escape.pass(bytes)
            if !passed.isEmpty, try await !program.send(.input(passed)) { return .quiet }
            if leaves { return .left }
        }
        if !Task.isCancelled { try await program.send(.endOfInput) }
        return .quiet
    }

    private func signals(_ program: GuestProgram) async throws -> Ending {
        for await signal in context.signals([SIGWINCH, SIGTERM, SIGHUP]) {
            // The window's size is the guest's affair too; the others end this process, with its terminal put right.
            guard signal == SIGWINCH else { return .left }
            try await program.send(.resize(size))
        }
        return .quiet
    }
}
