import MartletLinux
package import MartletModel

/// Ports of the host that lead to guests.
extension Switches {
    /// Lets a port of the host lead to a machine.
    ///
    /// - Throws: `invalidArgument`; `unsupported` for a switch of another kind than `nat`; `wrongState` for a machine without an adapter
    ///   there; `inUse` when another forward or a socket of the host has the port; `tooMany`; `commandFailed`, `storeFailed`.
    package func addForward(
        to machine: VirtualMachine, on id: ID<VirtualSwitch>, _ request: PortForwardRequest
    ) async throws(MartletError) -> VirtualSwitch {
        if let address = request.hostAddress { try SwitchRules.check(hostAddress: address) }
        let forward = PortForward(
            transport: request.transport ?? .tcp, hostAddress: request.hostAddress,
            hostPort: try SwitchRules.port(request.hostPort), machine: machine.id,
            port: try SwitchRules.port(request.port))
        var changed = try find(id)
        try check(changed, has: machine)
        try await requireFreePort(forward)
        // Somebody may have changed it while the sockets were looked at.
        changed = try find(id)
        guard changed.forwards.count < SwitchRules.mostForwards else {
            throw MartletError(
                .tooMany, "the switch '\(changed.name)' has \(changed.forwards.count) forwards; remove one first")
        }
        changed.forwards.append(forward)
        return try await apply(changed)
    }

    /// Takes a forward away.
    ///
    /// - Throws: `notFound`, `commandFailed`, `storeFailed`.
    package func removeForward(
        _ transport: PortForward.Transport, hostPort: Int, hostAddress: String?, on id: ID<VirtualSwitch>
    ) async throws(MartletError) -> VirtualSwitch {
        var changed = try find(id)
        let count = changed.forwards.count
        changed.forwards.removeAll {
            $0.transport == transport && Int($0.hostPort) == hostPort
                && (hostAddress == nil || $0.hostAddress == hostAddress)
        }
        guard changed.forwards.count < count else {
            throw MartletError(
                .notFound,
                "the switch '\(changed.name)' forwards no port \(transport.rawValue) \(hostPort); list them with `martlet switch forward list`"
            )
        }
        return try await apply(changed)
    }

    private func check(_ found: VirtualSwitch, has machine: VirtualMachine) throws(MartletError) {
        guard found.kind == .nat else {
            throw MartletError(
                .unsupported,
                "ports are forwarded on switches of kind nat alone; '\(found.name)' is of kind \(found.kind.rawValue)")
        }
        guard machine.configuration.adapters.contains(where: { $0.switch == found.id }) else {
            throw MartletError(
                .wrongState,
                "'\(machine.name)' has no adapter on the switch '\(found.name)'; add one with `martlet adapter add`")
        }
    }

    private func requireFreePort(_ forward: PortForward) async throws(MartletError) {
        for other in list() {
            guard let taken = other.forwards.first(where: { $0.conflicts(with: forward) }) else { continue }
            throw MartletError(
                .inUse,
                "the switch '\(other.name)' forwards \(taken.hostEnd) already; remove that, or choose another port")
        }
        let isTaken = try await SocketTable().isTaken(
            forward.hostPort, transport: forward.transport.rawValue, address: forward.hostAddress)
        if isTaken {
            throw MartletError(
                .inUse, "a program of the host listens on \(forward.hostEnd); choose another port")
        }
    }

    /// The rules follow from the document, so what a crash leaves undone the next daemon puts right.
    private func apply(_ changed: VirtualSwitch) async throws(MartletError) -> VirtualSwitch {
        let before = try find(changed.id)
        try await record([changed])
        do {
            try await keeper.refresh(changed.id.short) { () throws(MartletError) in try self.plan(self.find(changed.id))
            }
        } catch {
            try await record([before])
            throw error
        }
        return changed
    }
}
