import MartletClient
import MartletModel

/// The same work on each of several names, some at once, each told as it ends.
struct Batch: Sendable {
    let session: HostSession
    let display: ProgressDisplay
    let follower: OperationFollower

    init(_ session: HostSession, count: Int) {
        self.session = session
        display = ProgressDisplay(streams: session.streams, total: count)
        follower = OperationFollower(client: session.client, context: session.context, display: display)
    }

    /// What came of each name, in the order of the names; what failed is told and left out.
    ///
    /// `told` is a line for a result as soon as it is there; nil for none.
    /// - Throws: `ReportedFailure` for an interruption and, through `finish`, for what failed.
    func run<Item: Sendable>(
        _ names: [String],
        _ work: @escaping @Sendable (String) async throws -> Item,
        told: @escaping @Sendable (Item) -> String?
    ) async throws -> Outcome<Item> {
        try await untilInterrupted {
            try await inParallel(names) { name in
                do {
                    let item = try await work(name)
                    try display.interrupted { try told(item).map { try session.streams.print($0 + "\n") } }
                    return .success(item)
                } catch is OutputClosed {
                    throw OutputClosed()
                } catch is CancellationError where Task.isCancelled {
                    throw CancellationError()
                } catch {
                    return .failure(report(error, subject: names.count > 1 ? name : nil))
                }
            }
        }
    }

    private func report(_ error: any Error, subject: String?) -> ReportedFailure {
        let report = ErrorReport(error, subject: subject)
        display.interrupted { session.streams.tell(report.text) }
        return ReportedFailure(status: report.status)
    }

    /// As many at once as the HTTP library keeps connections.
    private static let width = 8

    private func inParallel<Item: Sendable>(
        _ names: [String],
        _ work: @escaping @Sendable (String) async throws -> Result<Item, ReportedFailure>
    ) async throws -> Outcome<Item> {
        try await withThrowingTaskGroup(of: (Int, Result<Item, ReportedFailure>).self) { group in
            var results = [Result<Item, ReportedFailure>?](repeating: nil, count: names.count)
            for (index, name) in names.enumerated() {
                if index >= Self.width, let (done, result) = try await group.next() { results[done] = result }
                group.addTask { (index, try await work(name)) }
            }
            while let (done, result) = try await group.next() { results[done] = result }
            return Outcome(results: results.compactMap { $0 })
        }
    }

    private enum Ending<Value: Sendable>: Sendable {
        case done(Value)
        case interrupted, noMoreSignals
    }

    private func untilInterrupted<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = session.context.signals([Interruption.signal])
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
                case .interrupted: throw interruption()
                case .noMoreSignals: continue
                }
            }
            throw CancellationError()
        }
    }

    private func interruption() -> ReportedFailure {
        display.interrupted { session.streams.tell(Interruption.message(follower.pending.all)) }
        return ReportedFailure(status: .interrupted)
    }
}

/// What came of each name of a batch.
struct Outcome<Item: Sendable>: Sendable {
    var results: [Result<Item, ReportedFailure>]

    var items: [Item] { results.compactMap { try? $0.get() } }

    /// - Throws: the first failure.
    func finish() throws {
        for result in results { _ = try result.get() }
    }
}
