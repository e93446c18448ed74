package import MartletModel

extension HostClient {
    /// All virtual switches.
    package func listSwitches() async throws -> [VirtualSwitch] { try await whole(APIRequest(.listSwitches)) }

    /// The switch of this name or id.
    package func getSwitch(_ name: String) async throws -> VirtualSwitch { try await get(APIRequest(.getSwitch, name)) }
}
