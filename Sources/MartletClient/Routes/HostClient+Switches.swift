package import MartletModel

extension HostClient {
    /// All virtual switches.
    package func listSwitches() async throws -> [VirtualSwitch] { try await whole(APIRequest(.listSwitches)) }

    /// Begins to make a switch; the operation's subject is its id.
    package func createSwitch(_ body: CreateVirtualSwitchRequest) async throws -> Operation {
        try await send(APIRequest(.createSwitch), body)
    }

    /// The switch of this name or id; `name` is either, here and below.
    package func getSwitch(_ name: String) async throws -> VirtualSwitch { try await get(APIRequest(.getSwitch, name)) }

    /// Changes a switch's name, or makes it the default.
    package func updateSwitch(_ name: String, _ body: UpdateVirtualSwitchRequest) async throws -> VirtualSwitch {
        try await send(APIRequest(.updateSwitch, name), body)
    }

    /// Begins to delete a switch that no machine has an adapter on.
    package func deleteSwitch(_ name: String) async throws -> Operation {
        try await send(APIRequest(.deleteSwitch, name))
    }

    /// What a switch is seen to be.
    package func getSwitchStatus(_ name: String) async throws -> VirtualSwitchStatus {
        try await get(APIRequest(.getSwitchStatus, name))
    }

    /// Lets a port of the host lead to a machine on the switch.
    package func addForward(_ name: String, _ body: PortForwardRequest) async throws -> VirtualSwitch {
        try await send(APIRequest(.addForward, name), body)
    }

    /// Takes a forward away; without `hostAddress` whichever has the port.
    package func removeForward(
        _ name: String, _ transport: PortForward.Transport, hostPort: UInt16, hostAddress: String? = nil
    ) async throws -> VirtualSwitch {
        var request = APIRequest(.removeForward, name, part: "\(hostPort)")
        request.query.append(("transport", transport.rawValue))
        if let hostAddress { request.query.append(("hostAddress", hostAddress)) }
        return try await send(request)
    }
}
