import Glibc
import MartletClient
import MartletLinux
import MartletModel

/// A person or a script at a machine's serial console.
struct ConsoleSession: Sendable {
    /// Why it is over.
    enum End: Sendable {
        case left, machineEnded, found, inputEnded, timedOut

        var sentence: String {
            switch self {
            case .left: "left the console; the machine runs on"
            case .machineEnded: "the machine has ended"
            case .found: "the text has come"
            case .inputEnded: "the input has ended"
            case .timedOut: "the time is over"
            }
        }
    }

    let client: HostClient
    let context: CommandContext
    let machine: String
    let historyInBytes: Int
    let until: [UInt8]?
    /// How long to stay after the end of the input; for as long as the machine runs when nil.
    let afterInput: Duration?
    let timeout: Duration?

    private var isInteractive: Bool { context.streams.isInputTerminal }

    /// - Throws: what the host answers; `unavailable` when it goes away.
    func run() async throws -> End {
        // The output comes first: a host that refuses must do so before the terminal is raw, and no output be missed.
        let output = try await client.readConsole(machine, historyInBytes: historyInBytes)
        if isInteractive { context.streams.tell("martlet: Ctrl-] leaves the console\n") }
        let mode = isInteractive ? try? TerminalMode.enterRaw(STDIN_FILENO) : nil
        defer { mode?.restore() }
        return try await firstEnd(output)
    }

    private func firstEnd(_ output: ConsoleOutput) async throws -> End {
        try await withThrowingTaskGroup(of: End?.self) { group in
            group.addTask { try await show(output) }
            group.addTask { try await type() }
            group.addTask { try await leaveOnSignal() }
            group.addTask { try await waitForTimeout() }
            defer { group.cancelAll() }
            for try await end in group {
                if let end { return end }
            }
            return .left
        }
    }

    private func show(_ output: ConsoleOutput) async throws -> End? {
        var watch = until.map { TextWatch(text: $0) }
        for try await bytes in output {
            try context.streams.output(bytes)
            if watch?.sees(bytes) == true { return .found }
        }
        return .machineEnded
    }

    private func type() async throws -> End? {
        for await bytes in context.streams.input() {
            let keys = isInteractive ? bytes.prefix { $0 != Self.leave } : bytes[...]
            for piece in keys.chunks(of: HostClient.longestConsoleInput) {
                try await client.writeConsole(machine, piece)
            }
            if keys.count < bytes.count { return .left }
        }
        guard let afterInput else { return nil }
        try await Task.sleep(for: afterInput)
        return .inputEnded
    }

    /// A raw terminal must be put back before the process goes.
    private func leaveOnSignal() async throws -> End? {
        if !isInteractive { return nil }
        for await _ in context.signals([SIGINT, SIGTERM, SIGHUP]) { return .left }
        return nil
    }

    private func waitForTimeout() async throws -> End? {
        guard let timeout else { return nil }
        try await Task.sleep(for: timeout)
        return .timedOut
    }

    /// Ctrl-].
    private static let leave: UInt8 = 0x1D
}

/// Looks for a text in bytes that come in pieces.
struct TextWatch {
    let text: [UInt8]
    /// The end of what came, one byte shorter than the text.
    private var tail: [UInt8] = []

    init(text: [UInt8]) { self.text = text }

    mutating func sees(_ bytes: [UInt8]) -> Bool {
        let seen = tail + bytes
        tail = Array(seen.suffix(text.count - 1))
        return seen.contains(text)
    }
}

extension ArraySlice<UInt8> {
    fileprivate func chunks(of size: Int) -> [[UInt8]] {
        stride(from: startIndex, to: endIndex, by: size).map { Array(self[$0..<Swift.min($0 + size, endIndex)]) }
    }
}
