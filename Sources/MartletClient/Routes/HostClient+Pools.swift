package import MartletModel

extension HostClient {
    /// All pools, the root's own first.
    package func listPools() async throws -> [Pool] { try await whole(APIRequest(.listPools)) }

    package func createPool(_ body: CreatePoolRequest) async throws -> Pool {
        try await send(APIRequest(.createPool), body)
    }

    /// `pool` is a name or an id, here and below.
    package func getPool(_ pool: String) async throws -> Pool { try await get(APIRequest(.getPool, pool)) }

    package func updatePool(_ pool: String, _ body: UpdatePoolRequest) async throws -> Pool {
        try await send(APIRequest(.updatePool, pool), body)
    }

    /// Forgets a pool that has no disks.
    package func deletePool(_ pool: String) async throws {
        _ = try await transport.answer(to: APIRequest(.deletePool, pool))
    }
}
