import MartletLinux
package import MartletModel
import MartletStore

/// What people ask of switches, apart from what takes an operation.
extension Switches {
    /// Decides about a new switch, and keeps its name.
    ///
    /// - Parameter peer: the address of the client that asks, where it has one.
    /// - Throws: `invalidArgument`; `forbidden` for a bridge without root; `alreadyExists`; `inUse` for a subnet or an adapter that is
    ///   taken, and for an adapter that somebody would be cut off by.
    func planCreation(
        _ request: CreateVirtualSwitchRequest, peer: String?
    ) async throws(MartletError) -> SwitchOperations.Create {
        try SwitchRules.check(request)
        guard isRoot || !request.kind.isBridge else {
            throw MartletError(.forbidden, "a switch of kind \(request.kind.rawValue) needs a daemon of root's")
        }
        let planned = VirtualSwitch(
            id: environment.makeID(), name: request.name, kind: request.kind,
            subnet: try await subnet(for: request), isDefault: request.isDefault ?? false, adapter: request.adapter,
            servesAddresses: request.servesAddresses ?? true)
        try await requireFreeAdapter(planned, force: request.force ?? false, peer: peer)
        try reserve(name: planned.name, for: planned.id)
        return .init(virtualSwitch: planned, formerDefault: planned.isDefault ? `default`?.id : nil)
    }

    private func subnet(for request: CreateVirtualSwitchRequest) async throws(MartletError) -> String? {
        guard request.kind.hasSubnet else { return nil }
        let others = list().compactMap(\.subnet)
        guard let subnet = request.subnet else { return try await driver.freeSubnet(avoiding: others) }
        let plan = try SwitchPlan(shortID: "00000000", subnet: subnet)
        let isOurs = others.compactMap { IPv4Network($0) }.contains { plan.network?.overlaps($0) ?? false }
        let isFree = try await driver.isFree(plan)
        guard isFree, !isOurs else {
            throw MartletError(
                .inUse, "the subnet \(subnet) is another switch's or the host has a route to it; choose another")
        }
        return subnet
    }

    /// - Throws: `inUse`, `notFound`.
    private func requireFreeAdapter(
        _ planned: VirtualSwitch, force: Bool, peer: String?
    ) async throws(MartletError) {
        guard let adapter = planned.adapter else { return }
        if let other = list().first(where: { $0.adapter == adapter }) {
            throw MartletError(.inUse, "the switch '\(other.name)' has the adapter '\(adapter)' already")
        }
        let users = try await driver.externalAdapter(try plan(planned)).users(peer: peer)
        guard force || users.isEmpty else {
            throw MartletError(
                .inUse,
                "taking the adapter '\(adapter)' could cut off this host: \(users.joined(separator: "; ")); take another adapter, or "
                    + "use --force to take it all the same")
        }
    }

    /// Changes a switch's name, or makes it the default.
    ///
    /// - Throws: `invalidArgument`, `alreadyExists`, `notFound`, `storeFailed`.
    package func update(
        _ id: ID<VirtualSwitch>, _ request: UpdateVirtualSwitchRequest
    ) async throws(MartletError) -> VirtualSwitch {
        var changed = try find(id)
        if request.isDefault == false {
            throw MartletError(.contradictory, "a host always has a default switch; make another one the default")
        }
        if let name = request.name, name != changed.name {
            _ = try ResourceName(name)
            try reserve(name: name, for: id)
            changed.name = name
        }
        var changes = [changed]
        if request.isDefault == true, !changed.isDefault {
            changes[0].isDefault = true
            if var former = `default` {
                former.isDefault = false
                changes.append(former)
            }
        }
        do {
            try await record(changes)
        } catch {
            if let present = try? find(id) { publish(present) }
            throw error
        }
        return try find(id)
    }

    /// What a switch is seen to be.
    ///
    /// - Parameter machines: all of the host, for their names.
    /// - Throws: `notFound`, `commandFailed`.
    package func status(
        of id: ID<VirtualSwitch>, machines: [VirtualMachine]
    ) async throws(MartletError) -> VirtualSwitchStatus {
        let found = try find(id)
        let taps = await keeper.taps(on: id.short)
        let adapters = machines.flatMap { machine in
            machine.configuration.adapters.filter { adapter in
                guard adapter.switch == id else { return false }
                guard found.kind.isBridge else { return machine.status.processID != nil }
                return (try? Self.tap(adapter, of: machine.id)).map(taps.contains) ?? false
            }.map { adapter in
                VirtualSwitchStatus.PluggedAdapter(
                    machine: machine.id, machineName: machine.name, slot: adapter.slot,
                    hardwareAddress: adapter.hardwareAddress,
                    address: addresses.address(of: .init(virtualSwitch: id, machine: machine.id, slot: adapter.slot)))
            }
        }
        guard found.kind.isBridge else { return .init(isUp: true, adapters: adapters, leases: []) }
        let (plan, driver) = (try plan(found), driver)
        let leases = try await BlockingWork.run { () throws(MartletError) in driver.leases(plan) }
        return .init(
            isUp: isRoot ? try await driver.isUp(plan) : false, adapters: adapters,
            leases: leases.map {
                .init(
                    address: $0.address, hardwareAddress: $0.hardwareAddress, hostName: $0.hostName, ends: $0.ends)
            })
    }
}
