import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// What an operation does with the layers of a machine's disks, and what must wait for that.
extension VirtualMachineDriver {
    enum LayerWork: Hashable, Sendable {
        /// A checkpoint is made; the guest, if it ran, runs again after it.
        case making(wasRunning: Bool)
        /// Layers are merged. The guest runs on, and may be stopped.
        case merging
        case exporting
        /// The machine is taken back to a checkpoint.
        case applying

        var text: String {
            switch self {
            case .making: "a checkpoint of it is being made"
            case .merging: "a checkpoint of it is being merged"
            case .exporting: "a checkpoint of it is being exported"
            case .applying: "it is being taken back to a checkpoint"
            }
        }
    }

    /// - Parameter mayMerge: whether what is asked for can be done while layers are merged or read.
    /// - Throws: `wrongState` while an operation works on the layers.
    func requireNoLayerWork(mayMerge: Bool = false) throws(MartletError) {
        guard let work = layerWork else { return }
        if mayMerge, !isHeldStill, work == .merging || work == .exporting { return }
        throw MartletError(
            .wrongState,
            "'\(configuration.name)' must wait: \(work.text); see `martlet operation list`, wait for that or cancel it")
    }

    /// Takes the layers of a machine's disks in hand.
    ///
    /// - Throws: `wrongState`; `inUse` when another operation works on a disk.
    func beginLayerWork(_ work: LayerWork) throws(MartletError) {
        try requireNoLayerWork()
        var marked: [ID<Disk>] = []
        do {
            for id in layeredDisks {
                try tools.disks.markBusy(id, "worked on for a checkpoint")
                marked.append(id)
            }
        } catch {
            for id in marked { tools.disks.unmarkBusy(id) }
            throw error
        }
        layerWork = work
        layerWorkDisks = marked
    }

    /// An unfinished operation takes them in hand again.
    func resumeLayerWork(_ work: LayerWork) {
        layerWork = work
        layerWorkDisks = layeredDisks
        for id in layerWorkDisks { tools.disks.resumeBusy(id, "worked on for a checkpoint") }
        let disks = layerWorkDisks.compactMap { try? tools.disks.find("\($0)") }
        if case .making = work { isHeldStill = true }
        if disks.contains(where: { $0.isSwitching == true }) { isHeldStill = true }
    }

    /// Hands them back. Those are meant that were taken: a disk may have left the machine by what was done.
    func endLayerWork() {
        layerWork = nil
        isHeldStill = false
        for id in layerWorkDisks { tools.disks.unmarkBusy(id) }
        layerWorkDisks = []
    }

    /// The machine's disks, and those that only its checkpoints have.
    var layeredDisks: [ID<Disk>] {
        let others = tools.disks.list().filter { $0.machine == id && !configuration.diskIDs.contains($0.id) }.map(\.id)
        return configuration.diskIDs + others
    }

    /// QEMU let the guest go on by itself.
    func wentOn() {
        isHeldStill = false
        turn { $0.executionChanged(.running) }
    }

    /// Lets the guest go on that stood still for an operation on its layers.
    ///
    /// - Throws: `unavailable`, `qemuFailed`.
    func letGoOn() async throws(MartletError) {
        isHeldStill = false
        guard isAlive else { return }
        let qmp = try requireQMP()
        if try await !qmp.execute(QueryStatus()).running { _ = try await qmp.execute(Cont()) }
        turn { $0.executionChanged(.running) }
    }
}
