package import MartletModel

extension HostClient {
    /// Begins to give a machine an adapter, at once if it runs.
    package func addAdapter(_ machine: String, _ body: AdapterRequest) async throws -> Operation {
        try await send(APIRequest(.addAdapter, machine), body)
    }

    /// Begins to change an adapter; `adapter` is its slot or its hardware address, here and below.
    package func setAdapter(_ machine: String, _ adapter: String, _ body: AdapterRequest) async throws -> Operation {
        try await send(APIRequest(.setAdapter, machine, part: adapter), body)
    }

    /// Begins to take an adapter from a machine.
    package func removeAdapter(_ machine: String, _ adapter: String) async throws -> Operation {
        try await send(APIRequest(.removeAdapter, machine, part: adapter))
    }
}
