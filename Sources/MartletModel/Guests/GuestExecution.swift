/// A program to be run in a guest, in a session that was opened before.
package struct GuestProgramStart: Hashable, Sendable, Codable {
    /// What a terminal is to the program that runs on it.
    package struct Terminal: Hashable, Sendable, Codable {
        /// `TERM`: `xterm-256color`.
        package var type: String
        package var size: Size

        package init(type: String, size: Size) {
            self.type = type
            self.size = size
        }
    }

    /// In characters.
    package struct Size: Hashable, Sendable, Codable {
        package var columns: Int
        package var rows: Int

        package init(columns: Int, rows: Int) {
            self.columns = columns
            self.rows = rows
        }
    }

    /// Which program; on the wire the one property of four that is there.
    package enum Program: Hashable, Sendable {
        /// A program, found on the user's PATH, and its arguments.
        case arguments([String])
        /// A line for the user's shell.
        case commandLine(String)
        /// The user's shell as a login shell.
        case loginShell
        /// A part of the guest's own program, run as the user: `copy` or `accounts`, with its arguments.
        case builtIn([String])
    }

    /// The session's id.
    package var session: String
    package var program: Program
    /// Beside HOME, USER, LOGNAME, SHELL and PATH.
    package var environment: [String: String]
    /// The user's home when nil.
    package var workingDirectory: String?
    /// With a terminal, stdout and stderr are one.
    package var terminal: Terminal?

    package init(
        session: String, program: Program, environment: [String: String] = [:], workingDirectory: String? = nil,
        terminal: Terminal? = nil
    ) {
        self.session = session
        self.program = program
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.terminal = terminal
    }

    private enum Key: String, CodingKey {
        case session, arguments, commandLine, loginShell, builtIn, environment, workingDirectory, terminal
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        session = try values.decode(String.self, forKey: .session)
        environment = try values.decodeIfPresent([String: String].self, forKey: .environment) ?? [:]
        workingDirectory = try values.decodeIfPresent(String.self, forKey: .workingDirectory)
        terminal = try values.decodeIfPresent(Terminal.self, forKey: .terminal)
        let isShell = try values.decodeIfPresent(Bool.self, forKey: .loginShell) ?? false
        let programs: [Program?] = [
            try values.decodeIfPresent([String].self, forKey: .arguments).map { .arguments($0) },
            try values.decodeIfPresent(String.self, forKey: .commandLine).map { .commandLine($0) },
            isShell ? .loginShell : nil,
            try values.decodeIfPresent([String].self, forKey: .builtIn).map { .builtIn($0) },
        ]
        let given = programs.compactMap(\.self)
        guard let only = given.first, given.count == 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .arguments, in: values,
                debugDescription: "one of 'arguments', 'commandLine', 'loginShell' and 'builtIn' has to be there")
        }
        program = only
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(session, forKey: .session)
        switch program {
        case .arguments(let arguments): try values.encode(arguments, forKey: .arguments)
        case .commandLine(let line): try values.encode(line, forKey: .commandLine)
        case .loginShell: try values.encode(true, forKey: .loginShell)
        case .builtIn(let arguments): try values.encode(arguments, forKey: .builtIn)
        }
        if !environment.isEmpty { try values.encode(environment, forKey: .environment) }
        try values.encodeIfPresent(workingDirectory, forKey: .workingDirectory)
        try values.encodeIfPresent(terminal, forKey: .terminal)
    }
}

extension GuestProgramStart.Size {
    /// What a terminal can have, in characters a side.
    package static let limits = 1...10_000

    /// - Throws: `invalidArgument` for what no terminal has.
    package func check() throws(MartletError) {
        guard Self.limits.contains(columns), Self.limits.contains(rows) else {
            throw MartletError(
                .invalidArgument, "a terminal of \(columns) by \(rows) characters can't be; use 1 to 10000 a side")
        }
    }
}

extension GuestProgramStart {
    /// The services of the guest that it is a part of.
    package var services: [GuestService] {
        if case .builtIn(let words) = program, words.first == "copy" { return [.direct, .copy] }
        return [.direct]
    }

    /// - Throws: `invalidArgument` for what no program can be started with.
    package func check() throws(MartletError) {
        try terminal?.size.check()
        switch program {
        case .arguments(let words), .builtIn(let words):
            guard words.first?.isEmpty == false else {
                throw MartletError(.invalidArgument, "no program is named; give one and its arguments")
            }
            for word in words { try Self.checkText(word, "an argument") }
        case .commandLine(let line): try Self.checkText(line, "the command line")
        case .loginShell: break
        }
        for (name, value) in environment {
            if name.isEmpty || name.contains("=") {
                throw MartletError(
                    .invalidArgument, "'\(name.prefix(60))' can't name a variable; use a name without '='")
            }
            try Self.checkText(name + value, "the environment")
        }
        try Self.checkText(workingDirectory ?? "", "the working directory")
    }

    private static func checkText(_ text: String, _ what: String) throws(MartletError) {
        if text.utf8.contains(0) { throw MartletError(.invalidArgument, "\(what) holds a NUL; leave it out") }
    }
}

/// What goes to a program in a guest.
package enum GuestExecutionInput: Hashable, Sendable {
    /// The first.
    case start(GuestProgramStart)
    case input([UInt8])
    /// No more input follows.
    case endOfInput
    case resize(GuestProgramStart.Size)
    /// A signal's number, for the program's process group.
    case signal(Int)
}

/// What comes from a program in a guest.
package enum GuestExecutionOutput: Hashable, Sendable {
    case started(processID: Int)
    case output([UInt8])
    case errors([UInt8])
    /// The last, of a program that ended.
    case ended(GuestProgramEnd)
    /// The last, where it couldn't be run or the way to it was lost.
    case failed(Failure)
}

/// How a program ended.
package enum GuestProgramEnd: Hashable, Sendable {
    case exited(Int)
    case signalled(Int)

    /// What a shell makes of it: 128 and the signal's number for a signal.
    package var exitCode: Int {
        switch self {
        case .exited(let code): code & 0xFF
        case .signalled(let number): (128 + number) & 0xFF
        }
    }
}
