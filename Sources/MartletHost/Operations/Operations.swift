import FoundationEssentials
package import Logging
import MartletLinux
package import MartletModel
package import MartletStore

/// The engine of operations: it journals, performs, undoes and recovers them.
///
/// Each operation is one task, owned here. The journal is written before each step (together with the end of the one before) and
/// at the end, so that a new daemon knows which steps may have taken effect.
package actor Operations {
    /// How many ended operations the history keeps.
    package static let historyLimit = 1_000

    private static let attemptsPastNoReturn = 3

    private let store: any StateStore
    private let events: EventHub
    private let environment: HostEnvironment
    private let faults: any OperationFaults
    private let logger: Logger
    private var definitions: [Operation.Kind: OperationDefinition] = [:]
    /// Operations that haven't ended.
    private var live: [ID<Operation>: OperationRecord] = [:]
    /// The step that each is performing, which a cancellation reaches.
    private var performing: [ID<Operation>: Task<Void, any Error>] = [:]
    private var cancelled: Set<ID<Operation>> = []
    private var endedSincePruning = 0
    private let waiters = Waiters<ID<Operation>, Operation>()
    /// How operations ended, for whoever counts.
    package nonisolated let counters = OperationCounters()

    package init(
        store: any StateStore, events: EventHub, environment: HostEnvironment, faults: any OperationFaults,
        logger: Logger
    ) {
        self.store = store
        self.events = events
        self.environment = environment
        self.faults = faults
        self.logger = logger
    }

    /// How many have not ended.
    package var running: Int { live.count }

    /// Every kind there is, with its steps; what the crash tests go through.
    package var catalog: [OperationDefinition] { definitions.values.sorted { $0.kind < $1.kind } }

    /// Makes kinds known. All of them are, before `recover` and before the first `begin`.
    package func register(_ new: [OperationDefinition]) {
        for definition in new { definitions[definition.kind] = definition }
    }

    /// Journals a new operation and starts on it.
    ///
    /// - Throws: `internal` for a kind that isn't registered, `storeFailed` or `insufficientSpace` when it can't be journalled; then
    ///   nothing was done.
    package func begin<Input: Codable & Sendable>(
        _ kind: Operation.Kind, title: String, subject: String, input: Input, by principal: Principal
    ) async throws(MartletError) -> Operation {
        guard let definition = definitions[kind] else {
            throw MartletError(.internal, "there is no operation '\(kind)'")
        }
        let operation = Operation(
            id: environment.makeID(),
            kind: kind,
            title: title,
            subject: subject,
            steps: definition.steps.map { Operation.Step(name: $0.name) },
            requestedBy: principal.name,
            started: environment.now()
        )
        let record = OperationRecord(operation: operation, input: try Self.encoded(input))
        try await store.transaction([.put(record, expecting: .absent)], durability: definition.firstRecord)
        live[operation.id] = record
        launch(definition, record, undoing: false)
        publish(operation)
        return operation
    }

    /// Takes up the operations that an earlier daemon left unfinished.
    ///
    /// - Returns: what could not be read or is of no known kind, a sentence each, to be shown.
    /// - Throws: `storeFailed` when the journal can't be read.
    package func recover() async throws(MartletError) -> [String] {
        let list = try await store.list(OperationRecord.self)
        var warnings = list.undecodable.map { "operation \($0.id) can't be read and was set aside: \($0.reason)" }
        var unfinished: [(OperationDefinition, OperationRecord)] = []
        for record in list.documents.map(\.document) where !record.operation.state.isEnded {
            guard let definition = definitions[record.operation.kind], matches(definition, record) else {
                warnings.append(
                    "operation \(record.operation.id) of kind '\(record.operation.kind)' is not known here and was set aside"
                )
                continue
            }
            do {
                try await definition.resume(record.input)
                live[record.operation.id] = record
                unfinished.append((definition, record))
            } catch {
                warnings.append("operation \(record.operation.id) (\(record.operation.title)) can't go on: \(error)")
            }
        }
        for (definition, record) in unfinished {
            let undoing = record.operation.state == .undoing || definition.recovery == .undo
            logger.notice(
                "taking up an operation", metadata: ["operation": "\(record.operation.title)", "undoing": "\(undoing)"])
            launch(definition, record, undoing: undoing)
        }
        await prune(list.documents)
        return warnings
    }

    /// All operations, newest first.
    ///
    /// - Throws: `storeFailed` when the history can't be read.
    package func list() async throws(MartletError) -> [Operation] {
        let stored = try await store.list(OperationRecord.self).documents.map(\.document.operation)
        return stored.map { live[$0.id]?.operation ?? $0 }.sorted { ($1.started, $1.id) < ($0.started, $0.id) }
    }

    package static func notFound(_ id: ID<Operation>) -> MartletError {
        MartletError(.notFound, "there is no operation '\(id)'; list them with `martlet operation list`")
    }

    /// - Throws: `notFound`, or `storeFailed` when the history can't be read.
    package func find(_ id: ID<Operation>) async throws(MartletError) -> Operation {
        if let record = live[id] { return record.operation }
        guard let stored = try await store.get(OperationRecord.self, id: id.description) else {
            throw Self.notFound(id)
        }
        return live[id]?.operation ?? stored.document.operation
    }

    /// The operation, as soon as it has ended or the time is up.
    ///
    /// - Throws: as `find`.
    package func wait(for id: ID<Operation>, timeout: Duration) async throws(MartletError) -> Operation {
        let present = try await find(id)
        if present.state.isEnded { return present }
        let ended = await waiters.wait(
            for: id, timeout: timeout, until: \.state.isEnded, current: { try? await self.find(id) }
        )
        if let ended { return ended }
        return try await find(id)
    }

    /// Asks an operation to stop and undo what it did. Asking twice is asking once.
    ///
    /// - Throws: `notFound`; `wrongState` when it has ended, is undoing, has done its last step or is past the point of no return.
    package func cancel(_ id: ID<Operation>, by principal: Principal) async throws(MartletError) -> Operation {
        guard let record = live[id] else {
            let operation = try await find(id)
            throw MartletError(
                .wrongState, "the operation '\(operation.title)' has ended: it \(operation.state.rawValue)")
        }
        if record.operation.state != .running || hasPassedNoReturn(record) || record.nextStep == nil {
            throw MartletError(
                .wrongState, "the operation '\(record.operation.title)' can't be cancelled any more; wait for its end")
        }
        logger.notice(
            "cancelling an operation", metadata: ["operation": "\(record.operation.title)", "by": "\(principal.name)"])
        cancelled.insert(id)
        performing[id]?.cancel()
        return record.operation
    }

    // MARK: The course of one operation

    private func launch(_ definition: OperationDefinition, _ record: OperationRecord, undoing: Bool) {
        let id = record.operation.id
        Task { await self.run(definition, id, undoing: undoing) }
    }

    private func run(_ definition: OperationDefinition, _ id: ID<Operation>, undoing: Bool) async {
        var failure: Failure?
        if undoing {
            failure =
                live[id]?.operation.error
                ?? Failure(code: "cancelled", message: "the daemon ended in the middle, and it was undone")
        } else {
            failure = await performAll(definition, id)
        }
        if let failure {
            await undoAll(definition, id, because: failure)
        } else {
            if let record = live[id] { await definition.complete(record.input) }
            await finish(id, as: .succeeded)
        }
    }

    /// Performs what isn't done; nil when all is.
    private func performAll(_ definition: OperationDefinition, _ id: ID<Operation>) async -> Failure? {
        while let record = live[id], let index = record.nextStep {
            let step = definition.steps[index]
            if cancelled.contains(id), !hasPassedNoReturn(record) { return .cancelledByRequest }
            do {
                change(id) { $0.operation.steps[index].state = .started }
                try await journal(id, durability: .processCrash)
                // While that was written, the step could not yet hear of it.
                if cancelled.contains(id), let now = live[id], !hasPassedNoReturn(now) { return .cancelledByRequest }
                try await performPersistently(step, definition.kind, id, input: record.input)
            } catch {
                let failure =
                    cancelled.contains(id) && error is CancellationError ? .cancelledByRequest : Failure(error)
                guard let now = live[id], hasPassedNoReturn(now) else { return failure }
                change(id) { $0.say("\(step.name) is incomplete: \(failure.message)") }
            }
            change(id) {
                $0.operation.steps[index].state = .done
                $0.updateProgress()
            }
        }
        return nil
    }

    /// Past the point of no return there is only forward, so a step that fails is tried again before it is given up.
    private func performPersistently(
        _ step: OperationStep, _ kind: Operation.Kind, _ id: ID<Operation>, input: Data
    ) async throws {
        for attempt in 1... {
            do {
                return try await perform(step, kind, id, input: input)
            } catch {
                guard let record = live[id], hasPassedNoReturn(record), attempt < Self.attemptsPastNoReturn else {
                    throw error
                }
                logger.warning("a step is tried again", metadata: ["step": "\(step.name)", "error": "\(error)"])
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func perform(_ step: OperationStep, _ kind: Operation.Kind, _ id: ID<Operation>, input: Data) async throws {
        let context = makeContext(id)
        let faults = faults
        let work = Task {
            for _ in 0..<faults.repetitions {
                try await faults.reached(.init(kind: kind, step: step.name, phase: .beforePerform))
                try await step.perform(input, context)
                try await faults.reached(.init(kind: kind, step: step.name, phase: .afterPerform))
            }
        }
        performing[id] = work
        defer { performing[id] = nil }
        try await work.value
    }

    private func undoAll(_ definition: OperationDefinition, _ id: ID<Operation>, because failure: Failure) async {
        change(id) {
            $0.operation.state = .undoing
            $0.operation.error = failure
        }
        await journalOrLog(id, durability: .processCrash)
        for index in live[id]?.stepsToUndo ?? [] {
            guard let record = live[id] else { return }
            do {
                try await undo(definition.steps[index], definition.kind, id, input: record.input)
                change(id) { $0.operation.steps[index].state = .undone }
            } catch {
                logger.error(
                    "a step could not be undone",
                    metadata: ["step": "\(definition.steps[index].name)", "error": "\(error)"])
                change(id) { $0.say("\(definition.steps[index].name) could not be undone: \(error)") }
            }
            await journalOrLog(id, durability: .processCrash)
        }
        let isCancelled = failure.code == "\(MartletError.Code.cancelled)"
        if let record = live[id] { await definition.abandon(record.input, isCancelled ? nil : failure) }
        await finish(id, as: isCancelled ? .cancelled : .failed)
    }

    private func undo(_ step: OperationStep, _ kind: Operation.Kind, _ id: ID<Operation>, input: Data) async throws {
        let context = makeContext(id)
        for _ in 0..<faults.repetitions {
            try await faults.reached(.init(kind: kind, step: step.name, phase: .beforeUndo))
            try await step.undo(input, context)
            try await faults.reached(.init(kind: kind, step: step.name, phase: .afterUndo))
        }
    }

    private func finish(_ id: ID<Operation>, as state: Operation.State) async {
        change(id) {
            $0.operation.state = state
            $0.operation.ended = environment.now()
            if state == .succeeded { $0.operation.progress = 1 }
        }
        await journalOrLog(id, durability: .processCrash)
        guard let record = live.removeValue(forKey: id) else { return }
        cancelled.remove(id)
        counters.ended(record.operation)
        waiters.notify(id, record.operation)
        if state == .failed {
            logger.error(
                "an operation failed",
                metadata: [
                    "operation": "\(record.operation.title)", "error": "\(record.operation.error?.message ?? "")",
                ])
        }
        endedSincePruning += 1
        if endedSincePruning >= Self.historyLimit / 10 { await pruneHistory() }
    }

    // MARK: Small parts

    private func makeContext(_ id: ID<Operation>) -> OperationContext {
        OperationContext(
            report: { fraction in await self.change(id) { $0.updateProgress(fraction: fraction) } },
            say: { text in await self.change(id) { $0.say(text) } }
        )
    }

    private func change(_ id: ID<Operation>, _ body: (inout OperationRecord) -> Void) {
        guard var record = live[id] else { return }
        let before = record.operation
        body(&record)
        live[id] = record
        if record.operation != before { publish(record.operation) }
    }

    private func publish(_ operation: Operation) {
        events.publish(.operationChanged(operation))
    }

    private func journal(_ id: ID<Operation>, durability: Durability) async throws(MartletError) {
        guard let record = live[id] else { return }
        try await store.transaction([.put(record)], durability: durability)
    }

    /// Where a failure to journal can't be an operation's own: what is then repeated after a crash is idempotent.
    private func journalOrLog(_ id: ID<Operation>, durability: Durability) async {
        do {
            try await journal(id, durability: durability)
        } catch {
            logger.error("the journal can't be written", metadata: ["operation": "\(id)", "error": "\(error)"])
        }
    }

    private func hasPassedNoReturn(_ record: OperationRecord) -> Bool {
        guard let definition = definitions[record.operation.kind] else { return false }
        return zip(definition.steps, record.operation.steps).contains { $0.isPointOfNoReturn && $1.state != .waiting }
    }

    private func matches(_ definition: OperationDefinition, _ record: OperationRecord) -> Bool {
        definition.steps.map(\.name) == record.operation.steps.map(\.name)
    }

    private func pruneHistory() async {
        endedSincePruning = 0
        do {
            await prune(try await store.list(OperationRecord.self).documents)
        } catch {
            logger.warning("the history of operations can't be read", metadata: ["error": "\(error)"])
        }
        // The whole history was decoded, and what a hundred operations needed lies about between what stays. Nothing is thrown in there.
        try? await BlockingWork.run { ProcessMemory.trimHeap() }
    }

    /// Removes what ended longest ago, by the store's revisions: the wall clock may have been set.
    private func prune(_ records: [Stored<OperationRecord>]) async {
        let ended = records.filter(\.document.operation.state.isEnded).sorted { $0.revision > $1.revision }
        let writes = ended.dropFirst(Self.historyLimit).map {
            StoreWrite.delete(OperationRecord.self, id: $0.document.documentID)
        }
        guard !writes.isEmpty else { return }
        do {
            try await store.transaction(Array(writes), durability: .processCrash)
        } catch {
            logger.warning("old operations can't be removed from the history", metadata: ["error": "\(error)"])
        }
    }

    private static func encoded(_ input: some Encodable) throws(MartletError) -> Data {
        do {
            return try JSONEncoder().encode(input)
        } catch {
            throw MartletError(.internal, "an operation's input doesn't encode", cause: error)
        }
    }
}

extension Failure {
    fileprivate static let cancelledByRequest = Failure(
        code: "\(MartletError.Code.cancelled)", message: "it was cancelled")
}
