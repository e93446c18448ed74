package import MartletModel
import Subprocess
import SystemPackage

/// Runs short programs of the system and collects what they print.
///
/// A program gets the locale `C`, the system's own folders as `PATH`, nothing else of our environment, and a session of its
/// own, so that an interrupt typed at our terminal doesn't reach it.
package struct CommandRunner: Sendable {
    /// How long a program may take; 30 seconds by default.
    package var timeLimit: Duration
    /// How much it may print to each of its outputs, in bytes; 1 MiB by default.
    package var outputLimit: Int
    /// A command that starts all others, such as `ip netns exec NAME`; empty by default.
    package var launcher: [String]

    package init(timeLimit: Duration = .seconds(30), outputLimit: Int = 1 << 20, launcher: [String] = []) {
        self.timeLimit = timeLimit
        self.outputLimit = outputLimit
        self.launcher = launcher
    }

    /// Runs a program with `input` as its standard input and returns what it wrote to its standard output.
    ///
    /// The program is killed when the time is up or the task is cancelled.
    /// - Throws: `notFound` when it isn't installed; `commandFailed` when it ends with another code than 0, with the last lines
    ///   it wrote to its standard error; `timedOut`; `tooLarge` when it prints too much; `cancelled`.
    @discardableResult
    package func run(
        _ program: String,
        _ arguments: [String] = [],
        input: [UInt8] = []
    ) async throws(MartletError) -> [UInt8] {
        let command = launcher + [program] + arguments
        let executable = try ProgramSearch.requiredPath(of: command[0])
        let result = try await finish(program) {
            try await collect(executable, Array(command.dropFirst()), input: input)
        }
        guard result.status.isSuccess else { throw failure(of: program, arguments, result) }
        return result.output
    }

    /// As `run`, with text for bytes.
    ///
    /// - Throws: as `run`.
    @discardableResult
    package func runText(
        _ program: String,
        _ arguments: [String] = [],
        input: String = ""
    ) async throws(MartletError) -> String {
        String(decoding: try await run(program, arguments, input: Array(input.utf8)), as: UTF8.self)
    }

    /// Runs a program whose exit code is an answer.
    ///
    /// - Returns: its code, or 128 and the signal that ended it; what it wrote to its standard error, or else to its standard output.
    /// - Throws: as `run`, but not `commandFailed` for a code.
    package func ending(
        of program: String, _ arguments: [String] = []
    ) async throws(MartletError) -> (code: Int32, said: [UInt8]) {
        let command = launcher + [program] + arguments
        let executable = try ProgramSearch.requiredPath(of: command[0])
        let result = try await finish(program) {
            try await collect(executable, Array(command.dropFirst()), input: [])
        }
        let said = result.errors.isEmpty ? result.output : result.errors
        return switch result.status {
        case .exited(let code): (code, said)
        case .signaled(let signal): (128 + signal, said)
        }
    }

    private struct Outcome: Sendable {
        var status: TerminationStatus
        var output: [UInt8]
        var errors: [UInt8]
    }

    private func collect(_ executable: String, _ arguments: [String], input: [UInt8]) async throws -> Outcome {
        var options = PlatformOptions()
        options.createSession = true
        let configuration = Configuration(
            executable: .path(FilePath(executable)),
            arguments: Arguments(arguments),
            environment: .custom(["PATH": ProgramSearch.folders.joined(separator: ":"), "LC_ALL": "C"]),
            platformOptions: options
        )
        // Input comes from a file in memory: a pipe would raise SIGPIPE here when the program ends without reading it all.
        let result = try await Subprocess.run(
            configuration,
            input: .fileDescriptor(try InputFile.make(input), closeAfterSpawningProcess: true),
            output: .bytes(limit: outputLimit),
            error: .bytes(limit: outputLimit)
        )
        return Outcome(
            status: result.terminationStatus,
            output: result.standardOutput,
            errors: result.standardError
        )
    }

    /// Waits for the program as long as it may take. Cancelling the child task kills the program, so the group never waits long for
    /// the one that lost.
    private func finish(
        _ program: String,
        _ body: @escaping @Sendable () async throws -> Outcome
    ) async throws(MartletError) -> Outcome {
        do {
            return try await withThrowingTaskGroup(of: Outcome?.self) { group in
                group.addTask { try await body() }
                group.addTask { [timeLimit] in
                    try await Task.sleep(for: timeLimit)
                    return nil
                }
                defer { group.cancelAll() }
                guard let outcome = try await group.next() ?? nil else {
                    throw MartletError(.timedOut, "'\(program)' took longer than \(timeLimit) and was ended")
                }
                return outcome
            }
        } catch {
            throw map(error, program)
        }
    }

    private func map(_ error: any Error, _ program: String) -> MartletError {
        if Task.isCancelled { return MartletError(.cancelled, "'\(program)' was cancelled") }
        switch error {
        case let error as MartletError: return error
        case let error as SubprocessError where error.code == .outputLimitExceeded:
            return MartletError(.tooLarge, "'\(program)' printed more than \(outputLimit) bytes")
        default: return MartletError(.commandFailed, "'\(program)' could not be run", cause: error)
        }
    }

    private func failure(of program: String, _ arguments: [String], _ outcome: Outcome) -> MartletError {
        let said = Self.lastLines(of: outcome.errors.isEmpty ? outcome.output : outcome.errors)
        let ending = "\(outcome.status)"
        return MartletError(
            .commandFailed,
            "'\(program)' failed (\(ending)): \(said.isEmpty ? "it printed nothing" : said)",
            details: [.init("program", program), .init("status", ending), .init("output", said)]
        )
    }

    /// At most the last five lines and 1,000 bytes.
    static func lastLines(of bytes: [UInt8]) -> String {
        let lines = bytes.suffix(1000).split(separator: UInt8(ascii: "\n"))
        return lines.suffix(5).map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }
}
