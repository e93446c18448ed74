import Logging
import MartletLinux
package import MartletModel
import MartletQEMU

/// What machines plug in.
extension Switches {
    typealias Adapter = VirtualMachineConfiguration.Adapter

    /// What QEMU is told of a machine's adapters.
    ///
    /// - Throws: `notFound`, `invalidArgument`.
    func devices(
        _ configuration: VirtualMachineConfiguration
    ) throws(MartletError) -> [MachineSpecification.AdapterDevice] {
        var devices: [MachineSpecification.AdapterDevice] = []
        for adapter in configuration.adapters { devices.append(try device(adapter, of: configuration.id)) }
        return devices
    }

    /// What QEMU is told of one adapter.
    ///
    /// - Throws: `notFound`, `invalidArgument`.
    func device(
        _ adapter: Adapter, of machine: ID<VirtualMachine>
    ) throws(MartletError) -> MachineSpecification.AdapterDevice {
        let isBridge = try find(adapter.switch).kind.isBridge
        return .init(
            slot: adapter.slot, hardwareAddress: adapter.hardwareAddress,
            backend: isBridge ? .tap(try Self.tap(adapter, of: machine)) : .user)
    }

    /// Brings up what a machine's adapters need. Doing it twice is doing it once.
    ///
    /// - Throws: as the one for one adapter.
    func plug(_ configuration: VirtualMachineConfiguration) async throws(MartletError) {
        // What is wrong with one is told before anything is done for another.
        for adapter in configuration.adapters { _ = try requireUsable(adapter) }
        for adapter in configuration.adapters { try await plug(adapter, of: configuration.id) }
    }

    /// Brings up what an adapter needs. Doing it twice is doing it once.
    ///
    /// - Throws: `notFound`; `forbidden` for a bridge without root; `invalidArgument` or `inUse` for its fixed address; `tooMany` on a
    ///   switch without a free address; `unsupported` for a VLAN that the kernel can't have; `commandFailed`, `alreadyExists`.
    func plug(_ adapter: Adapter, of machine: ID<VirtualMachine>) async throws(MartletError) {
        let found = try requireUsable(adapter)
        guard found.kind.isBridge else { return }
        try await keeper.plug(
            found.id.short, ownerUID: guestUser?.userID ?? 0, prepare: preparation(adapter, of: machine))
    }

    /// Makes an adapter that is plugged in what it is to be now, on the same switch or on another.
    ///
    /// - Throws: as `plug`; `unsupported` for a change between QEMU's own network and a bridge.
    func change(
        _ adapter: Adapter, from before: Adapter, of machine: ID<VirtualMachine>
    ) async throws(MartletError) {
        guard adapter.switch != before.switch else {
            guard try requireUsable(adapter).kind.isBridge else { return }
            let tap = try Self.tap(adapter, of: machine)
            return try await keeper.change(
                adapter.switch.short, tap: tap, prepare: preparation(adapter, of: machine))
        }
        let (old, new) = (try? find(before.switch), try requireUsable(adapter))
        guard new.kind.isBridge, old?.kind.isBridge ?? true else {
            throw MartletError(
                .unsupported,
                "an adapter can't change between QEMU's own network and a switch of the host while the machine runs; turn it off first"
            )
        }
        try await plug(adapter, of: machine)
        let tap = try Self.tap(before, of: machine)
        if before.bandwidthLimit != nil, adapter.bandwidthLimit == nil {
            try await SwitchPort(plan: try plan(new)).liftLimit(tap: tap)
        }
        guard let old, let plan = try? plan(old) else { return }
        try await keeper.unplug(
            tap: tap, hadLimit: before.bandwidthLimit != nil, keepsTap: true, from: plan)
    }

    /// Takes down what a machine's adapters needed, and the switch with its last machine. Doing it twice is doing it once.
    ///
    /// - Throws: `commandFailed`.
    func unplug(_ configuration: VirtualMachineConfiguration) async throws(MartletError) {
        for adapter in configuration.adapters { try await unplug(adapter, of: configuration.id) }
    }

    /// Takes down what an adapter needed. A switch that is gone can't be in the way.
    ///
    /// - Throws: `commandFailed`.
    func unplug(_ adapter: Adapter, of machine: ID<VirtualMachine>) async throws(MartletError) {
        guard isRoot, let found = try? find(adapter.switch), found.kind.isBridge, let plan = try? plan(found) else {
            return
        }
        try await keeper.unplug(
            tap: try Self.tap(adapter, of: machine), hadLimit: adapter.bandwidthLimit != nil, from: plan)
    }

    /// Machines that an earlier daemon started are plugged in already.
    func assumePlugged(_ configuration: VirtualMachineConfiguration) async {
        for adapter in configuration.adapters {
            guard let found = try? find(adapter.switch), found.kind.isBridge,
                let plan = try? adapterPlan(adapter, of: configuration.id, address: known(adapter, configuration.id))
            else { continue }
            await keeper.assumePlugged(plan, into: found.id.short)
        }
    }

    /// The addresses that the adapters of a machine that runs were given, in the order of the adapters.
    package func addresses(of configuration: VirtualMachineConfiguration) -> [String] {
        configuration.adapters.compactMap { known($0, configuration.id) }
    }

    /// Puts back what should be up: switches with machines plugged in, and those that are up always.
    ///
    /// - Returns: what couldn't be, a sentence each.
    func restore() async -> [String] {
        guard isRoot else { return [] }
        var warnings: [String] = []
        for found in list() where found.kind.isBridge {
            let isInUse = await keeper.isInUse(found.id.short)
            guard isInUse || found.kind == .external, let plan = try? plan(found) else { continue }
            do throws(MartletError) {
                try await keeper.bringUp(plan)
            } catch {
                warnings.append("the switch '\(found.name)' can't be put back: \(error)")
            }
        }
        return warnings
    }

    // MARK: Plans

    static func tap(_ adapter: Adapter, of machine: ID<VirtualMachine>) throws(MartletError) -> String {
        try Tap.name(machine: machine.short, index: adapter.slot)
    }

    /// What a switch is on the host now: with the addresses that are kept for its adapters, and the forwards to them.
    ///
    /// - Throws: `invalidArgument` for a switch of kind `user` and for a document that makes no sense.
    func plan(_ found: VirtualSwitch) throws(MartletError) -> SwitchPlan {
        let kind: SwitchPlan.Kind
        switch found.kind {
        case .nat: kind = .nat
        case .internal: kind = .internal
        case .private: kind = .private
        case .external: kind = .external(adapter: found.adapter ?? "")
        case .user: throw MartletError(.invalidArgument, "the switch '\(found.name)' has no bridge")
        }
        var plan = try SwitchPlan(
            shortID: found.id.short, kind: kind, subnet: found.subnet, servesAddresses: found.servesAddresses)
        guard let network = plan.network else { return plan }
        let kept = addresses.assignments(on: found.id).filter { network.contains($0.address) }
        plan.reservations = kept.map {
            AddressReservation(hardwareAddress: $0.hardwareAddress, address: $0.address)
        }
        plan.forwards = found.forwards.compactMap { forward in
            // The machine's first adapter here.
            let target = kept.filter { $0.machine == forward.machine }.min { $0.slot < $1.slot }
            return target.map { target in
                ForwardPlan(
                    transport: forward.transport.rawValue, hostAddress: forward.hostAddress, hostPort: forward.hostPort,
                    address: target.address, port: forward.port)
            }
        }
        return plan
    }

    /// Decides about an adapter when it is its turn: its address, and the switch's network if that is taken by now.
    private func preparation(_ adapter: Adapter, of machine: ID<VirtualMachine>) -> SwitchKeeper.Preparation {
        { isInUse throws(MartletError) in
            var found = try self.find(adapter.switch)
            if !isInUse, found.kind.hasSubnet { found = try await self.withFreeSubnet(found) }
            var address: String?
            if found.kind.hasSubnet, let network = found.subnet.flatMap({ IPv4Network($0) }) {
                let place = AddressBook.Place(virtualSwitch: found.id, machine: machine, slot: adapter.slot)
                let taps = await self.keeper.taps(on: found.id.short)
                address = try await self.addresses.assign(
                    place, hardwareAddress: adapter.hardwareAddress, fixed: adapter.address, network: network
                ) { (try? Tap.name(machine: $0.machine.short, index: $0.slot)).map(taps.contains) ?? false }
            }
            return (try self.plan(found), try self.adapterPlan(adapter, of: machine, address: address))
        }
    }

    private func adapterPlan(
        _ adapter: Adapter, of machine: ID<VirtualMachine>, address: String?
    ) throws(MartletError) -> AdapterPlan {
        try AdapterPlan(
            tap: try Self.tap(adapter, of: machine), hardwareAddress: adapter.hardwareAddress, address: address,
            vlan: adapter.vlan, bandwidthLimit: adapter.bandwidthLimit,
            allowsAddressSpoofing: adapter.allowsAddressSpoofing, hasDHCPGuard: adapter.dhcpGuard,
            hasRouterGuard: adapter.routerGuard)
    }

    private func known(_ adapter: Adapter, _ machine: ID<VirtualMachine>) -> String? {
        addresses.address(of: .init(virtualSwitch: adapter.switch, machine: machine, slot: adapter.slot))
    }

    /// - Throws: `notFound`, `forbidden`, `unsupported`.
    private func requireUsable(_ adapter: Adapter) throws(MartletError) -> VirtualSwitch {
        let found = try find(adapter.switch)
        try AdapterRules.check(adapter, on: found)
        guard isRoot || !found.kind.isBridge else {
            throw MartletError(
                .forbidden,
                "the switch '\(found.name)' is of kind \(found.kind.rawValue), which needs root; use the switch 'user'")
        }
        return found
    }

    /// Another host on this machine, or the machine's own network, may have taken the subnet: a switch without machines takes another.
    private func withFreeSubnet(_ found: VirtualSwitch) async throws(MartletError) -> VirtualSwitch {
        let present = try plan(found)
        if try await driver.isFree(present) { return found }
        var moved = found
        let subnet = try await driver.freeSubnet(avoiding: list().compactMap(\.subnet))
        moved.subnet = subnet
        try await addresses.forget { $0.virtualSwitch == found.id }
        try await record([moved])
        logger.notice(
            "a switch has another subnet, since its own is taken",
            metadata: ["switch": "\(found.name)", "subnet": "\(subnet)"])
        return moved
    }
}
