import FoundationEssentials
import Logging
import MartletHost
import MartletModel
import MartletStore
import MartletTestSupport
import Synchronization
import Testing

/// The engine itself, with operations of the tests' own.
@Suite("The engine of operations")
struct OperationsTests {
    private let scratch: ScratchFolder
    private let store: SQLiteStore
    private let trace = Trace()

    init() throws {
        scratch = try ScratchFolder()
        store = try SQLiteStore(path: "\(scratch.path)/state.sqlite")
    }

    @Test("steps are done in order, and the operation tells its progress and its end")
    func success() async throws {
        let engine = await makeEngine([step("one"), step("two")])
        let ended = try await run(engine)
        #expect(ended.state == .succeeded)
        #expect(ended.progress == 1)
        #expect(trace.lines == ["do one", "do two", "completed"])
        #expect(try await engine.list().map(\.state) == [.succeeded])
    }

    @Test("a step that fails makes what was done be undone, last first, and the cause is kept")
    func failure() async throws {
        let engine = await makeEngine([step("one"), step("two"), step("three", fails: true)])
        let ended = try await run(engine)
        #expect(ended.state == .failed)
        #expect(ended.error?.message == "three can't be done")
        #expect(trace.lines == ["do one", "do two", "do three", "undo three", "undo two", "undo one", "abandoned"])
    }

    @Test("an undo that fails is told and keeps no other from being undone")
    func undoFails() async throws {
        let engine = await makeEngine([step("one"), step("two", undoFails: true), step("three", fails: true)])
        let ended = try await run(engine)
        #expect(ended.state == .failed)
        #expect(ended.messages.contains { $0.contains("two could not be undone") })
        #expect(trace.lines.contains("undo one"))
    }

    @Test("a cancellation reaches a step that waits, and everything is undone")
    func cancel() async throws {
        let engine = await makeEngine([step("one"), step("two", waits: true)])
        let operation = try await begin(engine)
        _ = try await eventually("the second step waits") {
            trace.lines
        } until: {
            $0.contains("do two")
        }
        _ = try await engine.cancel(operation.id, by: HostLab.principal)
        let ended = try await engine.wait(for: operation.id, timeout: .seconds(30))
        #expect(ended.state == .cancelled)
        #expect(trace.lines.suffix(3) == ["undo two", "undo one", "abandoned"])
        await #expect(throws: MartletError.self) { try await engine.cancel(operation.id, by: HostLab.principal) }
    }

    @Test("past the point of no return a failure is told and nothing is undone")
    func noReturn() async throws {
        let engine = await makeEngine([step("one"), step("two", fails: true, isPointOfNoReturn: true)])
        let ended = try await run(engine)
        #expect(ended.state == .succeeded)
        #expect(ended.messages.contains { $0.contains("two is incomplete") })
        #expect(!trace.lines.contains { $0.hasPrefix("undo") })
        #expect(trace.lines.count { $0 == "do two" } > 1)
        #expect(trace.lines.filter { $0 == "completed" }.count == 1 && trace.lines.last == "completed")
    }

    @Test("a cancellation that comes while a step's beginning is journalled keeps it from being done")
    func cancelWhileJournalling() async throws {
        let watched = WatchedStore(store)
        let engine = await makeEngine([step("one", waits: true)], in: watched)
        watched.atWrite(2) {
            guard let operation = try? await engine.list().first else { return }
            _ = try? await engine.cancel(operation.id, by: HostLab.principal)
        }
        let ended = try await run(engine)
        #expect(ended.state == .cancelled)
        #expect(trace.lines == ["undo one", "abandoned"])
    }

    @Test("an unfinished operation of a kind that is not known is set aside and shown")
    func unknownKind() async throws {
        let engine = await makeEngine([step("one", waits: true)])
        let operation = try await begin(engine)
        _ = try await eventually("the step is begun") {
            trace.lines
        } until: {
            !$0.isEmpty
        }
        let other = await makeEngine([step("something else")])
        let warnings = try await other.recover()
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("\(operation.id)") == true)
        _ = try await engine.cancel(operation.id, by: HostLab.principal)
        _ = try await engine.wait(for: operation.id, timeout: .seconds(30))
    }

    @Test("an operation that can't be journalled is not begun")
    func unjournalled() async throws {
        let engine = await makeEngine([step("one")])
        await #expect(throws: MartletError.self) {
            try await engine.begin("no.such", title: "t", subject: "s", input: "x", by: HostLab.principal)
        }
        #expect(try await engine.list().isEmpty)
    }

    @Test("the history keeps the last 1,000 that ended, whatever the wall clock says, and what hasn't ended")
    func history() async throws {
        let clock = TestClock()
        let count = Operations.historyLimit + 50
        let old = (1...count).map { EndedBefore(number: $0, at: clock.environment.now()) }
        var unfinished = EndedBefore(number: 0, at: clock.environment.now())
        unfinished.operation.state = .running
        try await store.transaction([.put(unfinished)], durability: .processCrash)
        for record in old { try await store.transaction([.put(record)], durability: .processCrash) }
        let engine = await makeEngine([step("one")], environment: clock.environment)
        #expect(try await engine.recover().count == 1, "the one of a kind that isn't known here is set aside")
        let kept = try await engine.list()
        #expect(Set(kept.map(\.id)) == Set((old.dropFirst(50) + [unfinished]).map(\.operation.id)))
        clock.set(wall: -86_400)
        var new: Set<ID<MartletModel.Operation>> = []
        for _ in 0..<Operations.historyLimit / 10 { new.insert(try await run(engine).id) }
        let last = try await eventually("the history is pruned") {
            try await engine.list().map(\.id)
        } until: {
            $0.count == Operations.historyLimit + 1
        }
        #expect(new.isSubset(of: last))
        #expect(last.contains(unfinished.operation.id))
    }

    private func makeEngine(
        _ steps: [TypedStep<String>], environment: HostEnvironment = HostEnvironment(),
        in other: (any StateStore)? = nil
    ) async -> Operations {
        let engine = Operations(
            store: other ?? store, events: EventHub(environment: environment), environment: environment,
            faults: NoFaults(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let trace = trace
        await engine.register([
            OperationDefinition(
                kind: "test", input: String.self, recovery: .finish, complete: { _ in trace.add("completed") },
                abandon: { _, _ in trace.add("abandoned") }, steps: steps
            )
        ])
        return engine
    }

    private func begin(_ engine: Operations) async throws -> MartletModel.Operation {
        try await engine.begin("test", title: "test", subject: "s", input: "input", by: HostLab.principal)
    }

    private func run(_ engine: Operations) async throws -> MartletModel.Operation {
        try await engine.wait(for: begin(engine).id, timeout: .seconds(30))
    }

    private func step(
        _ name: String, fails: Bool = false, undoFails: Bool = false, waits: Bool = false,
        isPointOfNoReturn: Bool = false
    ) -> TypedStep<String> {
        let trace = trace
        return TypedStep(name, isPointOfNoReturn: isPointOfNoReturn) { _, _ in
            trace.add("do \(name)")
            if waits { try await Task.sleep(for: .seconds(600)) }
            if fails { throw MartletError(.internal, "\(name) can't be done") }
        } undo: { _, _ in
            trace.add("undo \(name)")
            if undoFails { throw MartletError(.internal, "it is stuck") }
        }
    }
}

/// An operation as the journal of an earlier daemon has it.
private struct EndedBefore: StoredDocument {
    static var collection: String { "operation" }
    static var schemaVersion: Int { 1 }

    var operation: MartletModel.Operation
    var input = Data()
    var documentID: String { operation.id.description }

    /// - Parameter number: how many there are before it; each was begun a second after the one before, and the last just now.
    init(number: Int, at end: Moment) {
        operation = MartletModel.Operation(
            id: ID(UUID()), kind: "before", title: "an earlier one", subject: "s", steps: [], requestedBy: "test",
            started: Moment(milliseconds: end.milliseconds - Int64(2_000 - number) * 1_000))
        operation.state = .succeeded
    }
}

/// A store where something is done while a write is under way.
private final class WatchedStore: StateStore {
    private struct State {
        var writes = 0
        var number = 0
        var body: (@Sendable () async -> Void)?
    }

    private let store: SQLiteStore
    private let state = Mutex(State())

    init(_ store: SQLiteStore) { self.store = store }

    /// - Parameter number: of the write, from 1.
    func atWrite(_ number: Int, _ body: @escaping @Sendable () async -> Void) {
        state.withLock { ($0.number, $0.body) = (number, body) }
    }

    func get<D: StoredDocument>(_ type: D.Type, id: String) async throws(MartletError) -> Stored<D>? {
        try await store.get(type, id: id)
    }

    func list<D: StoredDocument>(_ type: D.Type) async throws(MartletError) -> StoredList<D> {
        try await store.list(type)
    }

    func transaction(_ writes: [StoreWrite], durability: Durability) async throws(MartletError) -> Int64 {
        let body = state.withLock { state in
            state.writes += 1
            return state.writes == state.number ? state.body : nil
        }
        await body?()
        return try await store.transaction(writes, durability: durability)
    }
}

/// What was done, in order.
private final class Trace: Sendable {
    private let text = Mutex<[String]>([])
    var lines: [String] { text.withLock { $0 } }
    func add(_ line: String) { text.withLock { $0.append(line) } }
}
