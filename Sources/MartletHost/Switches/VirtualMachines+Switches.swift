package import MartletModel

/// What is asked of switches and concerns the machines on them.
extension VirtualMachines {
    /// Begins to make a switch.
    ///
    /// - Throws: as `Switches.planCreation`; nothing was done then.
    package func createSwitch(
        _ request: CreateVirtualSwitchRequest, peer: String?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let input = try await tools.switches.planCreation(request, peer: peer)
        do {
            return try await tools.operations.begin(
                SwitchOperations.createKind, title: "create switch \(request.name)",
                subject: "\(input.virtualSwitch.id)", input: input, by: principal)
        } catch {
            tools.switches.forgetReservation(input.virtualSwitch.id)
            throw error
        }
    }

    /// Begins to delete a switch that no machine has an adapter on.
    ///
    /// - Throws: `notFound`, `inUse`, `wrongState` for the default switch and for one that is being deleted.
    package func deleteSwitch(
        _ id: ID<VirtualSwitch>, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let gone = try tools.switches.find(id)
        try requireUnused(gone)
        guard !gone.isDefault else {
            throw MartletError(
                .wrongState,
                "the switch '\(gone.name)' is the default; make another one it with `martlet switch set --default`")
        }
        try tools.switches.markLeaving(id)
        do {
            return try await tools.operations.begin(
                SwitchOperations.deleteKind, title: "delete switch \(gone.name)", subject: "\(id)", input: gone,
                by: principal)
        } catch {
            tools.switches.unmarkLeaving(id)
            throw error
        }
    }

    /// - Throws: `inUse`, naming the machines.
    func requireUnused(_ virtualSwitch: VirtualSwitch) throws(MartletError) {
        let users = list().filter { $0.configuration.adapters.contains { $0.switch == virtualSwitch.id } }.map(\.name)
        guard !users.isEmpty else { return }
        let named = users.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        let more = users.count > 5 ? " and \(users.count - 5) more" : ""
        throw MartletError(
            .inUse,
            "machines have adapters on the switch '\(virtualSwitch.name)': \(named)\(more); remove those adapters first",
            details: users.prefix(100).map { .init("machine", $0) })
    }

    /// What a switch is seen to be.
    ///
    /// - Throws: `notFound`, `commandFailed`.
    package func switchStatus(_ id: ID<VirtualSwitch>) async throws(MartletError) -> VirtualSwitchStatus {
        try await tools.switches.status(of: id, machines: list())
    }

    /// Lets a port of the host lead to a machine.
    ///
    /// - Throws: `notFound`; as `Switches.addForward`.
    package func addForward(
        on id: ID<VirtualSwitch>, _ request: PortForwardRequest
    ) async throws(MartletError) -> VirtualSwitch {
        try await tools.switches.addForward(to: try find(request.machine), on: id, request)
    }
}
