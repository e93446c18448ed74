import MartletClient
import MartletCommands
import MartletFakeHost
import MartletModel
import Synchronization

/// One run of the command line: what it is given, and what came of it.
struct CommandRun: Sendable {
    var arguments: [String]
    var root: String?
    var environment: [String: String] = [:]
    /// What stdin has; nil for one that never ends.
    var input: [String]? = []
    var answer: String?
    /// What is typed where it isn't shown.
    var hiddenAnswer: String?
    var isTerminal = false
    var signals = AsyncStream<Int32> { _ in }
    /// Called with all of stdout so far, each time there is more.
    var onOutput: @Sendable (String) -> Void = { _ in }

    init(_ arguments: String..., root: String? = nil) {
        self.arguments = arguments
        self.root = root
    }

    struct Result: Sendable {
        var status: ExitStatus
        var output: String
        var error: String
    }

    func run() async -> Result {
        let output = Capture(onChange: onOutput)
        let error = Capture()
        let status = await CommandProgram.run(arguments, in: context(output, error))
        return Result(status: status, output: output.text, error: error.text)
    }

    func context(_ output: Capture, _ error: Capture) -> CommandContext {
        var limits = ClientLimits()
        limits.answer = .seconds(20)
        var pace = Pace()
        pace.retry = .milliseconds(10)
        pace.patience = .seconds(60)
        let (signals, pieces, answer) = (signals, input.map { $0.map { Array($0.utf8) } }, answer)
        let hiddenAnswer = hiddenAnswer
        var environment = environment
        if let root { environment["MARTLET_ROOT"] = root }
        return CommandContext(
            environment: environment,
            workingDirectory: "/work here",
            isRoot: false,
            streams: StandardStreams(
                output: { output.append($0) },
                error: { error.append($0) },
                input: { Self.input(pieces) },
                readLine: { answer },
                readHiddenLine: { prompt in
                    error.append(Array(prompt.utf8))
                    return hiddenAnswer
                },
                isInputTerminal: isTerminal,
                isOutputTerminal: isTerminal,
                isErrorTerminal: isTerminal,
                columns: 70
            ),
            limits: limits,
            pace: pace,
            now: { Sample.now },
            signals: { _ in signals }
        )
    }

    private static func input(_ pieces: [[UInt8]]?) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            for piece in pieces ?? [] { continuation.yield(piece) }
            if pieces != nil { continuation.finish() }
        }
    }
}

/// Bytes that were written.
final class Capture: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let onChange: @Sendable (String) -> Void

    init(onChange: @escaping @Sendable (String) -> Void = { _ in }) { self.onChange = onChange }

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    func append(_ more: [UInt8]) {
        bytes.withLock { $0 += more }
        onChange(text)
    }
}
