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
        try await session.untilInterrupted([Interruption.signal]) {
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
        } interruption: {
            display.interrupted { session.streams.tell(Interruption.message(follower.pending.all)) }
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
