package import MartletModel
import Subprocess
import SystemPackage

/// Runs programs that take long, and hands on what they print while they run.
///
/// As `CommandRunner` gives it, a program gets the locale `C`, the system's own folders as `PATH` and a session of its
/// own. When it is ended, so is all of its process group.
package struct LongCommand: Sendable {
    /// A command that starts the program, such as `Confinement.launcher`; empty by default.
    package var launcher: [String]
    /// What its environment has beside `PATH` and `LC_ALL`.
    package var environment: [String: String]
    /// How long the program has between being asked to end and being killed.
    package var patience: Duration

    package init(launcher: [String] = [], environment: [String: String] = [:], patience: Duration = .seconds(5)) {
        self.launcher = launcher
        self.environment = environment
        self.patience = patience
    }

    /// Runs a program and hands each line of its standard output to `line`; a carriage return ends a line too, and a line
    /// has at most 4,096 bytes.
    ///
    /// The program and its group are ended when the task is cancelled.
    /// - Parameter input: its standard input.
    /// - Throws: `notFound` when it isn't installed; `commandFailed` when it ends with another code than 0, with the last
    ///   lines it printed; `cancelled`.
    package func run(
        _ program: String,
        _ arguments: [String] = [],
        input: [UInt8] = [],
        line: @Sendable (String) async -> Void
    ) async throws(MartletError) {
        let outcome = try await outcome(program, arguments, input: input, line: line)
        guard outcome.code != 0 else { return }
        let said = CommandRunner.lastLines(of: outcome.lastWords)
        throw MartletError(
            .commandFailed,
            "'\(program)' failed (\(outcome.code)): \(said.isEmpty ? "it printed nothing" : said)",
            details: [.init("program", program), .init("status", "\(outcome.code)"), .init("output", said)]
        )
    }

    /// How a program ended.
    package struct Outcome: Sendable {
        /// Its exit code, or 128 and the number of the signal that ended it, as shells have it.
        package var code: Int
        /// The last that it wrote to its standard error, or else to its standard output.
        package var lastWords: [UInt8]
    }

    /// As `run`, for a program whose exit codes are answers.
    ///
    /// - Throws: `notFound`, `cancelled`; `commandFailed` for one that can't be run at all.
    package func outcome(
        _ program: String,
        _ arguments: [String] = [],
        input: [UInt8] = [],
        line: @Sendable (String) async -> Void
    ) async throws(MartletError) -> Outcome {
        let command = launcher + [program] + arguments
        let executable = try ProgramSearch.requiredPath(of: command[0])
        _ = try ProgramSearch.requiredPath(of: program)
        do {
            let outcome = try await follow(
                configuration(executable, Array(command.dropFirst())), input: input, line: line)
            try Task.checkCancellation()
            return outcome
        } catch {
            if Task.isCancelled { throw MartletError(.cancelled, "'\(program)' was cancelled") }
            throw error as? MartletError
                ?? MartletError(.commandFailed, "'\(program)' could not be run", cause: error)
        }
    }

    private func configuration(_ executable: String, _ arguments: [String]) -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: patience)]
        var variables: [Environment.Key: String] = [
            "PATH": ProgramSearch.folders.joined(separator: ":"), "LC_ALL": "C",
        ]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        return Configuration(
            executable: .path(FilePath(executable)),
            arguments: Arguments(arguments),
            environment: .custom(variables),
            platformOptions: options
        )
    }

    private func follow(
        _ configuration: Configuration, input: [UInt8], line: @Sendable (String) async -> Void
    ) async throws -> Outcome {
        let result = try await Subprocess.run(
            configuration,
            input: .fileDescriptor(try InputFile.make(input), closeAfterSpawningProcess: true),
            output: .sequence,
            error: .sequence
        ) { execution in
            async let errors = Self.tail(of: execution.standardError)
            var lines = LineSplitter()
            for try await buffer in execution.standardOutput {
                // Copied out before the closure returns.
                let bytes = buffer.withUnsafeBytes { [UInt8]($0) }
                for piece in lines.add(bytes) { await line(piece) }
            }
            if let rest = lines.finish() { await line(rest) }
            let words = try await errors
            return words.isEmpty ? lines.lastBytes : words
        }
        return Outcome(code: Self.code(result.terminationStatus), lastWords: result.closureResult)
    }

    /// The last 2,000 bytes.
    private static func tail(of output: SubprocessOutputSequence) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await buffer in output {
            // Copied out before the closure returns.
            buffer.withUnsafeBytes { bytes += $0 }
            if bytes.count > 4000 { bytes.removeFirst(bytes.count - 2000) }
        }
        return bytes.suffix(2000)
    }

    private static func code(_ status: TerminationStatus) -> Int {
        switch status {
        case .exited(let code): Int(code)
        case .signaled(let signal): 128 + Int(signal)
        }
    }
}
