import MartletClient
import MartletModel

extension HostSession {
    /// Begins an operation for each of `names`, waits for all, and prints what came of them.
    ///
    /// - Throws: `ReportedFailure` when any failed, with the status of the first.
    func perform<Item: Tabular>(
        _ names: [String],
        noWait: Bool,
        output: OutputOptions,
        begin: @escaping @Sendable (HostClient, String) async throws -> Operation,
        result: @escaping @Sendable (HostClient, Operation) async throws -> Item,
        told: @escaping @Sendable (Item) -> String
    ) async throws {
        let client = client
        if noWait {
            try await beginOnly(names) { try await begin(client, $0) }
            return
        }
        let batch = Batch(self, count: names.count)
        let follower = batch.follower
        try await printEach(batch, names, output, told) { name in
            try await result(client, try await follower.follow(try await begin(client, name)))
        }
    }

    /// Does something that the host does at once with each of `names`, and prints what came of them.
    ///
    /// - Throws: `ReportedFailure` when any failed, with the status of the first.
    func performAtOnce<Item: Tabular>(
        _ names: [String],
        output: OutputOptions,
        work: @escaping @Sendable (HostClient, String) async throws -> Item,
        told: @escaping @Sendable (Item) -> String
    ) async throws {
        let client = client
        try await printEach(Batch(self, count: names.count), names, output, told) { try await work(client, $0) }
    }

    /// Begins an operation, waits for its end, and prints the one thing that came of it.
    ///
    /// - Throws: `ReportedFailure`.
    func performOne<Item: Tabular>(
        noWait: Bool,
        output: OutputOptions,
        begin: @escaping @Sendable (HostClient, String) async throws -> Operation,
        result: @escaping @Sendable (OperationFollower, Operation) async throws -> Item,
        told: @escaping @Sendable (Item) -> String
    ) async throws {
        let client = client
        if noWait {
            try await beginOnly([""]) { try await begin(client, $0) }
            return
        }
        let batch = Batch(self, count: 1)
        let follower = batch.follower
        let outcome = try await batch.run([""]) { _ in
            try await result(follower, try await follower.follow(try await begin(client, "")))
        } told: {
            output.output == .table ? told($0) : nil
        }
        if output.output != .table, let item = outcome.items.first { try print(item, output) }
        try outcome.finish()
    }

    private func printEach<Item: Tabular>(
        _ batch: Batch,
        _ names: [String],
        _ output: OutputOptions,
        _ told: @escaping @Sendable (Item) -> String,
        _ work: @escaping @Sendable (String) async throws -> Item
    ) async throws {
        let outcome = try await batch.run(names, work) { output.output == .table ? told($0) : nil }
        if output.output != .table { try print(outcome.items, output) }
        try outcome.finish()
    }

    private func beginOnly(
        _ names: [String],
        _ begin: @escaping @Sendable (String) async throws -> Operation
    ) async throws {
        try await Batch(self, count: names.count).run(names, begin) { $0.id.description }.finish()
    }
}
