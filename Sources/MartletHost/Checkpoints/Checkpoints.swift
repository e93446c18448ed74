import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore
import Synchronization

/// Every machine's checkpoints: their documents. What is done with them goes through the machines' drivers.
package final class Checkpoints: Sendable {
    private let state = Mutex<[ID<VirtualMachine>: [Checkpoint]]>([:])
    let layout: RootLayout
    let store: any StateStore
    private let events: EventHub

    init(layout: RootLayout, store: any StateStore, events: EventHub) {
        self.layout = layout
        self.store = store
        self.events = events
    }

    /// A machine's, the oldest first.
    func tree(of machine: ID<VirtualMachine>) -> CheckpointTree { CheckpointTree(state.withLock { $0[machine] ?? [] }) }

    /// Whether a machine has any.
    func has(_ machine: ID<VirtualMachine>) -> Bool { state.withLock { $0[machine]?.isEmpty == false } }

    /// The layers that a machine's checkpoints hold.
    func layers(of machine: ID<VirtualMachine>) -> Set<ID<DiskLayer>> {
        Set(tree(of: machine).checkpoints.flatMap(\.layers))
    }

    func files(of checkpoint: Checkpoint) -> CheckpointFiles { CheckpointFiles(checkpoint, layout: layout) }

    /// Makes a recorded checkpoint, or its change, known.
    func publish(_ checkpoint: Checkpoint) {
        if remember(checkpoint) { events.publish(.checkpointChanged(checkpoint)) }
    }

    /// Makes a change unknown again that could not be recorded.
    func publish(_ former: Checkpoint, unlessChangedSince change: Checkpoint) {
        if tree(of: former.machine).checkpoints.contains(change) { publish(former) }
    }

    func forget(_ checkpoint: Checkpoint) {
        let known = state.withLock { Self.remove(checkpoint, from: &$0) }
        if let known { events.publish(.checkpointDeleted(known)) }
    }

    /// - Returns: whether anything is new about it.
    private func remember(_ checkpoint: Checkpoint) -> Bool {
        state.withLock { state in
            let before = Self.remove(checkpoint, from: &state)
            let list = (state[checkpoint.machine] ?? []) + [checkpoint]
            state[checkpoint.machine] = list.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
            return before != checkpoint
        }
    }

    /// - Returns: what was known of it.
    private static func remove(
        _ checkpoint: Checkpoint, from state: inout [ID<VirtualMachine>: [Checkpoint]]
    ) -> Checkpoint? {
        guard let index = state[checkpoint.machine]?.firstIndex(where: { $0.id == checkpoint.id }) else { return nil }
        let known = state[checkpoint.machine]?.remove(at: index)
        if state[checkpoint.machine]?.isEmpty == true { state[checkpoint.machine] = nil }
        return known
    }

    /// Makes the stored checkpoints known.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(Checkpoint.self)
        for stored in list.documents { _ = remember(stored.document) }
        return list.undecodable.map { "checkpoint \($0.id) can't be read and was set aside: \($0.reason)" }
    }
}

extension Checkpoint: StoredDocument {
    package static var collection: String { "checkpoint" }
    package static var schemaVersion: Int { 1 }
    package var documentID: String { id.description }
}
