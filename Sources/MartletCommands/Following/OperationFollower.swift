import MartletClient
import MartletModel
import Synchronization

/// Waits for operations to end, through a daemon's restart as well, and says how they go.
struct OperationFollower: Sendable {
    let client: HostClient
    let context: CommandContext
    let display: ProgressDisplay
    /// What is under way, for whoever is interrupted.
    let pending = PendingOperations()

    /// The operation when it has succeeded; its messages were told.
    ///
    /// - Throws: the operation's own error, `cancelled`, or why the host can't be asked any more.
    func follow(_ begun: Operation) async throws -> Operation {
        pending.insert(begun)
        defer {
            pending.remove(begun)
            display.end(begun.id)
        }
        var operation = begun
        var time = context.pace.firstLook
        while !operation.state.isEnded {
            operation = try await look(at: operation, waiting: time)
            if !operation.state.isEnded { display.show(operation) }
            time = context.streams.isErrorTerminal ? context.pace.onTerminal : context.pace.elsewhere
        }
        return try outcome(of: operation)
    }

    private func look(at operation: Operation, waiting time: Duration) async throws -> Operation {
        let begin = ContinuousClock.now
        let seen = try await Patience(pace: context.pace).ask {
            try await client.getOperation(operation.id.description, waiting: time)
        }
        // A host that doesn't wait must not make us ask without a pause.
        let elapsed = ContinuousClock.now - begin
        if !seen.state.isEnded, elapsed < context.pace.retry {
            try await Task.sleep(for: context.pace.retry - elapsed)
        }
        return seen
    }

    private func outcome(of operation: Operation) throws -> Operation {
        display.interrupted {
            for message in operation.messages { context.streams.tell("martlet: \(Printable.escape(message))\n") }
        }
        switch operation.state {
        case .succeeded: return operation
        case .cancelled:
            throw MartletError(
                .cancelled, "'\(operation.title)' was cancelled and what it had done was undone",
                details: [.init("operation", operation.id.description)])
        default:
            let failure = operation.error?.error
            var error = failure ?? MartletError(.unknown, "'\(operation.title)' failed, without a reason")
            error.details.append(.init("operation", operation.id.description))
            throw error
        }
    }
}

/// Operations that somebody waits for.
final class PendingOperations: Sendable {
    private let operations = Mutex<[Operation]>([])

    func insert(_ operation: Operation) { operations.withLock { $0.append(operation) } }

    func remove(_ operation: Operation) { operations.withLock { $0.removeAll { $0.id == operation.id } } }

    /// In the order in which they began.
    var all: [Operation] { operations.withLock { $0 } }
}
