import Logging
import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// What is asked of a machine's adapters, and what the steps of those operations do. Each step may be done twice.
extension VirtualMachineDriver {
    typealias Adapter = VirtualMachineConfiguration.Adapter

    // MARK: Requests

    /// Begins to change one adapter.
    ///
    /// - Parameter decide: makes the change from the configuration as it is now, and from the slots that a guest keeps besides.
    /// - Throws: `preconditionFailed`, `wrongState`; what `decide` throws.
    func changeAdapters(
        _ kind: Operation.Kind, _ title: String, revision: Int64?, by principal: Principal,
        _ decide: (VirtualMachineConfiguration, Set<Int>) throws(MartletError) -> AdapterOperations.Change
    ) async throws(MartletError) -> Operation {
        try check(revision: revision)
        try requireNoAdapterWork()
        try requireNoLayerWork()
        try requireSettled()
        let change = try decide(configuration, isAlive ? keptSlots : [])
        try require(change, kind)
        resumeAdapterWork()
        do {
            return try await tools.operations.begin(
                kind, title: "\(title) \(configuration.name)", subject: "\(id)", input: change, by: principal)
        } catch {
            endAdapterWork()
            throw error
        }
    }

    /// - Throws: `wrongState` while an operation changes an adapter of this machine.
    func requireNoAdapterWork() throws(MartletError) {
        guard !hasAdapterWork else {
            throw MartletError(
                .wrongState,
                "an adapter of '\(configuration.name)' is being changed; wait for that operation or cancel it")
        }
    }

    private func requireSettled() throws(MartletError) {
        switch life.published {
        case .off, .running, .paused, .critical: return
        case .failed where !isAlive: return
        default:
            throw MartletError(
                .wrongState,
                "'\(configuration.name)' is \(life.published.rawValue); its adapters can be changed while it runs or is off",
                details: [.init("state", life.published.rawValue)])
        }
    }

    /// What the guest that runs now can't be brought to.
    private func require(_ change: AdapterOperations.Change, _ kind: Operation.Kind) throws(MartletError) {
        guard isAlive else { return }
        if kind == AdapterOperations.removeKind, life.published != .running {
            throw MartletError(
                .wrongState,
                "'\(configuration.name)' is \(life.published.rawValue), and its guest can't let an adapter go; resume it, or turn it off",
                details: [.init("state", life.published.rawValue)])
        }
        guard let before = change.before, let after = change.after else { return }
        var unmet: [String] = []
        if before.hardwareAddress != after.hardwareAddress { unmet.append("an adapter's hardware address") }
        let kinds = [before.switch, after.switch].map { (try? tools.switches.find($0))?.kind.isBridge }
        if kinds[0] != kinds[1] { unmet.append("from QEMU's own network to a switch of the host or back") }
        guard unmet.isEmpty else {
            throw MartletError(
                .wrongState,
                "'\(configuration.name)' is \(life.published.rawValue); turn it off to change \(unmet.joined(separator: " and "))",
                details: [.init("state", life.published.rawValue)])
        }
    }

    /// An operation has the machine's adapters, also when a new daemon takes it up.
    func resumeAdapterWork() { hasAdapterWork = true }

    func endAdapterWork() { hasAdapterWork = false }

    func keepSlot(_ slot: Int) { keptSlots.insert(slot) }

    // MARK: Steps

    /// Writes down what is in a slot; nil for nothing.
    ///
    /// - Throws: `conflict` when somebody changes the machine again and again; `storeFailed`.
    func record(_ adapter: Adapter?, inSlot slot: Int) async throws(MartletError) {
        try await change { configuration in
            configuration.adapters.removeAll { $0.slot == slot }
            if let adapter { configuration.adapters.append(adapter) }
            configuration.adapters.sort { $0.slot < $1.slot }
        }
    }

    /// Plugs an adapter into its switch while there is a guest.
    func plug(_ adapter: Adapter?) async throws(MartletError) {
        guard let adapter, isAlive else { return }
        try await tools.switches.plug(adapter, of: id)
        // The guest may have ended meanwhile, and what it held be taken down already.
        if !isAlive { try await tools.switches.unplug(adapter, of: id) }
    }

    func unplug(_ adapter: Adapter?) async throws(MartletError) {
        guard let adapter else { return }
        try await tools.switches.unplug(adapter, of: id)
    }

    /// Gives the guest that runs an adapter; one that is off finds it when it starts.
    func give(_ adapter: Adapter?) async throws(MartletError) {
        guard let adapter, isAlive else { return }
        try await requireQMP().addAdapter(try tools.switches.device(adapter, of: id))
    }

    /// Takes an adapter from the guest that runs.
    ///
    /// - Throws: `timedOut` when the guest keeps it.
    func take(_ adapter: Adapter?, timeout: Duration) async throws(MartletError) {
        guard let adapter, isAlive else { return }
        // A guest that stands still can't answer.
        let patience = life.published == .running ? timeout : min(timeout, .seconds(1))
        try await requireQMP().removeAdapter(slot: adapter.slot, timeout: patience)
    }

    func change(_ before: Adapter?, to after: Adapter?) async throws(MartletError) {
        guard let before, let after, isAlive else { return }
        try await tools.switches.change(after, from: before, of: id)
    }
}
