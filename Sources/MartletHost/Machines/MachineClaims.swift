import MartletModel
import MartletStore

/// The host's promises of memory, processors and disks: one claim for each machine that isn't off; a saved one has its disks alone.
actor MachineClaims {
    private let store: any StateStore
    private let hostMemory: ByteCount
    private let hostCPUs: Int
    private let accelerator: Accelerator
    private var claims: [ID<VirtualMachine>: MachineClaim] = [:]

    init(store: any StateStore, hostMemory: ByteCount, hostCPUs: Int, accelerator: Accelerator) {
        self.store = store
        self.hostMemory = hostMemory
        self.hostCPUs = hostCPUs
        self.accelerator = accelerator
    }

    /// Reads the claims that an earlier daemon left, and returns them.
    func load() async throws(MartletError) -> StoredList<MachineClaim> {
        let list = try await store.list(MachineClaim.self)
        claims = Dictionary(uniqueKeysWithValues: list.documents.map { ($0.document.machine, $0.document) })
        return list
    }

    /// What the guests hold, and what emulation may take beside them.
    var memoryAssigned: ByteCount { claims.values.reduce(ByteCount(bytes: 0)) { $0 + $1.wholeMemory } }

    /// What the guests of these machines may hold together.
    func budget(for machines: Set<ID<VirtualMachine>>) -> ByteCount {
        let others = claims.values.reduce(ByteCount(bytes: 0)) {
            $0 + (machines.contains($1.machine) ? $1.overhead : $1.wholeMemory)
        }
        return hostMemory - MemoryAdmission.reserve(of: hostMemory) - others
    }

    /// Promises a machine what its configuration asks for; doing it twice is doing it once.
    ///
    /// The memory is the most that its guest can come to hold: what is less is known once its balloon has taken the rest.
    /// - Throws: `insufficientMemory`, `insufficientProcessors`; `inUse` when another machine holds one of the disks.
    func claim(_ configuration: VirtualMachineConfiguration) async throws(MartletError) {
        let memory = configuration.guestMemory
        let claim = MachineClaim(
            machine: configuration.id,
            memory: memory,
            overhead: MemoryAdmission.overhead(of: memory, by: accelerator),
            reservedProcessors: ProcessorAdmission.reserved(by: configuration),
            disks: configuration.diskIDs
        )
        guard claims[claim.machine] != claim else { return }
        let others = claims.values.filter { $0.machine != claim.machine }
        if let holder = others.first(where: { !Set($0.disks).isDisjoint(with: claim.disks) }) {
            throw MartletError(
                .inUse,
                "a disk of '\(configuration.name)' is in use by machine \(holder.machine); stop that machine first")
        }
        try admit(claim, beside: others)
        try await put(claim)
    }

    /// Follows a change of what a running machine reserves.
    ///
    /// - Throws: `insufficientProcessors`, and then the promise is what it was.
    func reserve(processorsOf configuration: VirtualMachineConfiguration) async throws(MartletError) {
        let reserved = ProcessorAdmission.reserved(by: configuration)
        guard var claim = claims[configuration.id], claim.reservedProcessors != reserved else { return }
        claim.reservedProcessors = reserved
        try admitProcessors(claim, beside: claims.values.filter { $0.machine != claim.machine })
        try await put(claim)
    }

    /// Promises a running machine's guest more memory, or less once it has given it back.
    ///
    /// - Throws: `insufficientMemory` for more than is free, and then the promise is what it was.
    func resize(_ machine: ID<VirtualMachine>, to memory: ByteCount) async throws(MartletError) {
        guard var claim = claims[machine], claim.memory != memory else { return }
        let grows = memory > claim.memory
        claim.memory = memory
        if grows { try admitMemory(claim, beside: claims.values.filter { $0.machine != machine }) }
        try await put(claim)
    }

    /// Takes down what a guest has come to hold without being allowed to; what is so must be counted.
    func acknowledge(_ machine: ID<VirtualMachine>, holds memory: ByteCount) async throws(MartletError) {
        guard var claim = claims[machine], claim.memory != memory else { return }
        claim.memory = memory
        try await put(claim)
    }

    /// Promises one more disk to a machine that isn't off; one that is off holds none.
    ///
    /// - Throws: `inUse` when another machine holds it.
    func claim(_ disk: ID<Disk>, for machine: ID<VirtualMachine>) async throws(MartletError) {
        if let other = claims.values.first(where: { $0.machine != machine && $0.disks.contains(disk) }) {
            throw MartletError(
                .inUse, "the disk \(disk) is in use by machine \(other.machine); stop that machine first")
        }
        try await change(machine) { if !$0.disks.contains(disk) { $0.disks.append(disk) } }
    }

    /// Takes the promise of one disk back; doing it twice is doing it once.
    func release(_ disk: ID<Disk>, of machine: ID<VirtualMachine>) async throws(MartletError) {
        try await change(machine) { $0.disks.removeAll { $0 == disk } }
    }

    private func change(
        _ machine: ID<VirtualMachine>, _ body: (inout MachineClaim) -> Void
    ) async throws(MartletError) {
        guard let before = claims[machine] else { return }
        var claim = before
        body(&claim)
        guard claim != before else { return }
        try await put(claim)
    }

    /// A saved machine needs no memory, and nobody may change its disks; doing it twice is doing it once.
    func keepDisks(of configuration: VirtualMachineConfiguration) async throws(MartletError) {
        let claim = MachineClaim(
            machine: configuration.id, memory: ByteCount(bytes: 0), disks: configuration.diskIDs)
        guard claims[claim.machine] != claim else { return }
        try await put(claim)
    }

    /// Takes the promise back; doing it twice is doing it once.
    func release(_ machine: ID<VirtualMachine>) async throws(MartletError) {
        guard claims[machine] != nil else { return }
        try await set(machine, to: nil, .delete(MachineClaim.self, id: machine.description))
    }

    private func admit(_ claim: MachineClaim, beside others: [MachineClaim]) throws(MartletError) {
        try admitMemory(claim, beside: others)
        try admitProcessors(claim, beside: others)
    }

    private func admitMemory(_ claim: MachineClaim, beside others: [MachineClaim]) throws(MartletError) {
        let assigned = others.reduce(ByteCount(bytes: 0)) { $0 + $1.wholeMemory }
        try MemoryAdmission.admit(claim.wholeMemory, assigned: assigned, total: hostMemory)
    }

    private func admitProcessors(_ claim: MachineClaim, beside others: [MachineClaim]) throws(MartletError) {
        let reserved = others.reduce(0) { $0 + $1.reservedProcessors }
        try ProcessorAdmission.admit(claim.reservedProcessors, reserved: reserved, cpus: hostCPUs)
    }

    private func put(_ claim: MachineClaim) async throws(MartletError) {
        try await set(claim.machine, to: claim, .put(claim))
    }

    /// What is promised counts from now on, and the store follows in the same order; a promise that can't be stored is taken back, unless
    /// another has come after it.
    private func set(
        _ machine: ID<VirtualMachine>, to claim: MachineClaim?, _ write: StoreWrite
    ) async throws(MartletError) {
        let before = claims[machine]
        claims[machine] = claim
        do {
            try await store.transaction([write], durability: .processCrash)
        } catch {
            if claims[machine] == claim { claims[machine] = before }
            throw error
        }
    }
}
