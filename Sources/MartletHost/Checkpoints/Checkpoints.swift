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

    init(layout: RootLayout, store: any StateStore) {
        self.layout = layout
        self.store = store
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
        state.withLock { state in
            var list = state[checkpoint.machine] ?? []
            list.removeAll { $0.id == checkpoint.id }
            list.append(checkpoint)
            state[checkpoint.machine] = list.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
        }
    }

    func forget(_ checkpoint: Checkpoint) {
        state.withLock { state in
            state[checkpoint.machine]?.removeAll { $0.id == checkpoint.id }
            if state[checkpoint.machine]?.isEmpty == true { state[checkpoint.machine] = nil }
        }
    }

    /// Makes the stored checkpoints known.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(Checkpoint.self)
        for stored in list.documents { publish(stored.document) }
        return list.undecodable.map { "checkpoint \($0.id) can't be read and was set aside: \($0.reason)" }
    }
}

extension Checkpoint: StoredDocument {
    package static var collection: String { "checkpoint" }
    package static var schemaVersion: Int { 1 }
    package var documentID: String { id.description }
}
