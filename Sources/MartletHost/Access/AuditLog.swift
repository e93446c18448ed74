import FoundationEssentials
import Logging
import MartletLinux
package import MartletModel
import Synchronization

/// The record of who did what: a line of JSON for each change that was asked for, for each sign-in, and for the daemon's start and end.
///
/// Lines are in the file before the request is answered. When they can't be written, work goes on, since whoever has to make room
/// must be able to delete something: the lines wait in memory, go to the daemon's log meanwhile, and the host shows a warning.
package final class AuditLog: Sendable {
    /// In bytes, of each file, and how many full ones are kept: 32 MiB in all, some hundred thousand lines.
    package static let fileLimit = 4 << 20
    package static let keptFiles = 7
    /// How many lines wait while none can be written; the oldest are lost past that, and counted.
    package static let mostWaiting = 1_000

    private struct State {
        var sequence: Int64 = 0
        var waiting: [[UInt8]] = []
        var lost = 0
        var failure: String?
    }

    private static let lineFeed = [UInt8(ascii: "\n")]

    private let log: RotatedLog
    private let environment: HostEnvironment
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter path: the file; its folder is there.
    init(
        path: String, environment: HostEnvironment, fileLimit: Int = AuditLog.fileLimit, logger: Logger
    ) {
        log = RotatedLog(path: path, limit: fileLimit, kept: Self.keptFiles)
        self.environment = environment
        self.logger = logger
        state = Mutex(State(sequence: Self.lastSequence(in: log.paths)))
        // A crash in the middle of a line: the next one begins a line of its own. If it can't, the first write tells.
        let end = (try? BoundedFile.tail(path, count: 1)) ?? []
        if !end.isEmpty, end != Self.lineFeed { try? log.append(Self.lineFeed) }
    }

    /// Writes a line; its sequence and its time are given here.
    package func record(_ entry: AuditEntry) async {
        // Nothing is thrown in there: what fails is kept and told.
        try? await BlockingWork.run { () throws(MartletError) in self.write(entry) }
    }

    /// What is wrong with it, as a sentence for the host's warnings; nil when it is written as it should be.
    package var warning: String? {
        state.withLock { state in
            state.failure.map {
                "the audit log can't be written, and \(state.waiting.count) lines wait in memory (\(state.lost) are lost): \($0)"
            }
        }
    }

    /// The newest lines first, at most `limit` of them, before the one with the sequence `before`.
    ///
    /// - Throws: `forbidden`, `ioFailed` when a file can't be read.
    package func entries(
        _ filter: AuditFilter, limit: Int, before: Int64?
    ) async throws(MartletError) -> (entries: [AuditEntry], hasMore: Bool) {
        let paths = log.paths
        return try await BlockingWork.run { () throws(MartletError) in
            try Self.read(paths, filter, limit: limit, before: before)
        }
    }

    // MARK: Writing

    private func write(_ entry: AuditEntry) {
        state.withLock { state in
            var entry = entry
            state.sequence += 1
            entry.sequence = state.sequence
            entry.time = environment.now()
            guard let line = Self.encode(entry) else { return }
            state.waiting.append(line)
            do throws(MartletError) {
                try flush(&state)
                if state.failure != nil { logger.notice("the audit log can be written again") }
                state.failure = nil
                state.lost = 0
            } catch {
                tell(error, line, isFirst: state.failure == nil)
                state.failure = "\(error)"
                let surplus = state.waiting.count - Self.mostWaiting
                if surplus > 0 { state.waiting.removeFirst(surplus) }
                state.lost += max(0, surplus)
            }
        }
    }

    private func flush(_ state: inout State) throws(MartletError) {
        while let line = state.waiting.first {
            try log.append(line)
            state.waiting.removeFirst()
        }
    }

    private func tell(_ error: MartletError, _ line: [UInt8], isFirst: Bool) {
        if isFirst {
            logger.error("the audit log can't be written; work goes on", metadata: ["error": "\(error)"])
        }
        logger.warning("audit", metadata: ["line": .string(String(decoding: line.dropLast(), as: UTF8.self))])
    }

    private static func encode(_ entry: AuditEntry) -> [UInt8]? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(entry)).map { Array($0) + [UInt8(ascii: "\n")] }
    }

    // MARK: Reading

    /// The sequence of the last line that can be read; 0 for none.
    private static func lastSequence(in paths: [String]) -> Int64 {
        for path in paths {
            guard let end = try? BoundedFile.tail(path, count: 64 << 10) else { continue }
            let lines = end.split(separator: UInt8(ascii: "\n"))
            if let last = lines.reversed().lazy.compactMap(decode).first { return last.sequence }
        }
        return 0
    }

    private static func read(
        _ paths: [String], _ filter: AuditFilter, limit: Int, before: Int64?
    ) throws(MartletError) -> (entries: [AuditEntry], hasMore: Bool) {
        var entries: [AuditEntry] = []
        var seen = before ?? Int64.max
        for path in paths where FileEntry.exists(path) {
            // One that was set aside meanwhile comes again under its new name: lines are taken once, by their sequence.
            let bytes = try BoundedFile.read(path, limit: 2 * fileLimit)
            for line in bytes.split(separator: UInt8(ascii: "\n")).reversed() {
                // A line that a crash cut short is none.
                guard let entry = decode(line), entry.sequence < seen else { continue }
                seen = entry.sequence
                guard filter.admits(entry) else { continue }
                if entries.count == limit { return (entries, true) }
                entries.append(entry)
            }
        }
        return (entries, false)
    }

    private static func decode(_ line: some Collection<UInt8>) -> AuditEntry? {
        try? JSONDecoder().decode(AuditEntry.self, from: Data(line))
    }
}
