package import MartletModel

/// What is asked of machines' adapters.
extension VirtualMachines {
    private typealias Adapter = VirtualMachineConfiguration.Adapter

    /// Begins to give a machine another adapter, at once if it runs.
    ///
    /// - Throws: `notFound`, `invalidArgument`; `inUse` for a hardware address that another adapter has; `tooMany` for a ninth;
    ///   `preconditionFailed`, `wrongState`.
    package func addAdapter(
        _ id: ID<VirtualMachine>, _ request: AdapterRequest, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).changeAdapters(
            AdapterOperations.addKind, "add an adapter to", revision: revision, by: principal
        ) { configuration, kept throws(MartletError) in
            guard let slot = freeSlot(configuration, kept) else {
                throw MartletError(
                    .tooMany,
                    "'\(configuration.name)' has \(configuration.adapters.count) adapters, which is the most; remove one first"
                )
            }
            guard let found = try request.switch.map(tools.switches.find) ?? tools.switches.default else {
                throw MartletError(.invalidArgument, "this host has no default switch; name one")
            }
            let new = Adapter(
                slot: slot, switch: found.id, hardwareAddress: Self.hardwareAddress(of: id, adapter: slot))
            let adapter = request.applied(to: new, on: found.id)
            try check(adapter, of: id)
            return .init(machine: id, slot: slot, before: nil, after: adapter)
        }
    }

    /// Begins to change an adapter, at once if the machine runs.
    ///
    /// - Parameter adapter: its slot, or its hardware address.
    /// - Throws: as `addAdapter`.
    package func setAdapter(
        _ adapter: String, of id: ID<VirtualMachine>, _ request: AdapterRequest, revision: Int64?,
        by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).changeAdapters(
            AdapterOperations.setKind, "change adapter \(adapter) of", revision: revision, by: principal
        ) { configuration, _ throws(MartletError) in
            let before = try find(adapter, in: configuration)
            let after = request.applied(to: before, on: try request.switch.map(tools.switches.find)?.id)
            try check(after, of: id)
            return .init(machine: id, slot: before.slot, before: before, after: after)
        }
    }

    /// Begins to take an adapter from a machine; a guest that runs is asked to let it go.
    ///
    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`.
    package func removeAdapter(
        _ adapter: String, of id: ID<VirtualMachine>, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).changeAdapters(
            AdapterOperations.removeKind, "remove adapter \(adapter) of", revision: revision, by: principal
        ) { configuration, _ throws(MartletError) in
            let before = try find(adapter, in: configuration)
            return .init(machine: id, slot: before.slot, before: before, after: nil)
        }
    }

    /// An operation on an adapter goes on: its steps must know the guest that runs, before all guests are adopted.
    ///
    /// - Throws: `notFound`.
    func takeUpAdapterWork(_ id: ID<VirtualMachine>) async throws(MartletError) {
        let driver = try driver(id)
        await driver.resumeAdapterWork()
        if let identity = runningQEMU(of: id), await !driver.isAlive { await driver.adopt(identity) }
    }

    /// A guest that runs has a device left in a slot that isn't recorded.
    func keepSlot(_ slot: Int, of id: ID<VirtualMachine>) async {
        await (try? driver(id))?.keepSlot(slot)
    }

    private func find(_ text: String, in configuration: VirtualMachineConfiguration) throws(MartletError) -> Adapter {
        let found = configuration.adapters.first { "\($0.slot)" == text || $0.hardwareAddress == text.lowercased() }
        if let found { return found }
        throw MartletError(
            .notFound,
            "'\(configuration.name)' has no adapter '\(text)'; list them with `martlet adapter list \(configuration.name)`"
        )
    }

    private func freeSlot(_ configuration: VirtualMachineConfiguration, _ kept: Set<Int>) -> Int? {
        let taken = kept.union(configuration.adapters.map(\.slot))
        return (0..<VirtualMachineRules.mostAdapters).first { !taken.contains($0) }
    }

    private func check(_ adapter: Adapter, of id: ID<VirtualMachine>) throws(MartletError) {
        try AdapterRules.check(adapter, on: try tools.switches.find(adapter.switch))
        let holder = list().first { machine in
            machine.configuration.adapters.contains {
                $0.hardwareAddress == adapter.hardwareAddress && (machine.id != id || $0.slot != adapter.slot)
            }
        }
        if let holder {
            throw MartletError(
                .inUse, "'\(holder.name)' has an adapter with the hardware address \(adapter.hardwareAddress) already")
        }
    }
}
