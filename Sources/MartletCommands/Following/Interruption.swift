import Glibc
import MartletModel

/// What Ctrl-C means while a host works for us: we go, the work stays.
enum Interruption {
    static let signal = SIGINT

    static func message(_ pending: [Operation]) -> String {
        if pending.isEmpty {
            return "martlet: interrupted; what the host was asked may have been done: see `martlet operation list`\n"
        }
        return pending.map { operation in
            """
            martlet: '\(Printable.escape(operation.title))' goes on
              to wait for it again: martlet operation wait \(operation.id)
              to give it up:        martlet operation cancel \(operation.id)

            """
        }.joined()
    }
}

extension HostSession {
    private enum Ending<Value: Sendable>: Sendable {
        case done(Value)
        case interrupted, noMoreSignals
    }

    /// Does `work` until it ends or one of the signals comes.
    ///
    /// - Parameter interruption: tells what a signal means here.
    /// - Throws: `ReportedFailure` for a signal; whatever `work` throws.
    func untilInterrupted<Value: Sendable>(
        _ signals: [CInt], _ work: @escaping @Sendable () async throws -> Value, interruption: () -> Void
    ) async throws -> Value {
        let signals = context.signals(signals)
        return try await withThrowingTaskGroup(of: Ending<Value>.self) { group in
            group.addTask { .done(try await work()) }
            group.addTask {
                for await _ in signals { return .interrupted }
                return .noMoreSignals
            }
            defer { group.cancelAll() }
            while let ending = try await group.next() {
                switch ending {
                case .done(let value): return value
                case .interrupted:
                    interruption()
                    throw ReportedFailure(status: .interrupted)
                case .noMoreSignals: continue
                }
            }
            throw CancellationError()
        }
    }
}
