import MartletModel
import MartletStore

/// The host's promises of memory and disks: one claim for each machine that isn't off; a saved one has its disks alone.
actor MachineClaims {
    private let store: any StateStore
    private let hostMemory: ByteCount
    private var claims: [ID<VirtualMachine>: MachineClaim] = [:]

    init(store: any StateStore, hostMemory: ByteCount) {
        self.store = store
        self.hostMemory = hostMemory
    }

    /// Reads the claims that an earlier daemon left, and returns them.
    func load() async throws(MartletError) -> StoredList<MachineClaim> {
        let list = try await store.list(MachineClaim.self)
        claims = Dictionary(uniqueKeysWithValues: list.documents.map { ($0.document.machine, $0.document) })
        return list
    }

    var memoryAssigned: ByteCount { claims.values.reduce(ByteCount(bytes: 0)) { $0 + $1.memory } }

    /// Promises a machine what its configuration asks for; doing it twice is doing it once.
    ///
    /// - Throws: `insufficientMemory`; `inUse` when another machine holds one of the disks.
    func claim(_ configuration: VirtualMachineConfiguration) async throws(MartletError) {
        let claim = MachineClaim(machine: configuration.id, memory: configuration.memory, disks: configuration.diskIDs)
        guard claims[claim.machine] != claim else { return }
        let others = claims.values.filter { $0.machine != claim.machine }
        if let holder = others.first(where: { !Set($0.disks).isDisjoint(with: claim.disks) }) {
            throw MartletError(
                .inUse,
                "a disk of '\(configuration.name)' is in use by machine \(holder.machine); stop that machine first")
        }
        let assigned = others.reduce(ByteCount(bytes: 0)) { $0 + $1.memory }
        try MemoryAdmission.admit(claim.memory, assigned: assigned, total: hostMemory)
        let before = claims.updateValue(claim, forKey: claim.machine)
        do {
            try await store.transaction([.put(claim)], durability: .processCrash)
        } catch {
            claims[claim.machine] = before
            throw error
        }
    }

    /// A saved machine needs no memory, and nobody may change its disks; doing it twice is doing it once.
    func keepDisks(of configuration: VirtualMachineConfiguration) async throws(MartletError) {
        let claim = MachineClaim(
            machine: configuration.id, memory: ByteCount(bytes: 0), disks: configuration.diskIDs)
        guard claims[claim.machine] != claim else { return }
        try await store.transaction([.put(claim)], durability: .processCrash)
        claims[claim.machine] = claim
    }

    /// Takes the promise back; doing it twice is doing it once.
    func release(_ machine: ID<VirtualMachine>) async throws(MartletError) {
        guard claims[machine] != nil else { return }
        try await store.transaction([.delete(MachineClaim.self, id: machine.description)], durability: .processCrash)
        claims[machine] = nil
    }
}
