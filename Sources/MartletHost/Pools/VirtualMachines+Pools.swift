package import MartletModel

extension VirtualMachines {
    // MARK: Pools, for readers and requests

    /// Every pool with what is seen of it now.
    package func listPools() async -> [Pool] {
        var described: [Pool] = []
        for pool in tools.disks.pools.all() { described.append(await self.described(pool)) }
        return described
    }

    /// - Throws: `notFound`.
    package func pool(_ nameOrID: String) async throws(MartletError) -> Pool {
        await described(try tools.disks.pools.find(nameOrID))
    }

    /// - Throws: as `Pools.create`.
    package func createPool(_ request: CreatePoolRequest) async throws(MartletError) -> Pool {
        await described(try await tools.disks.pools.create(request))
    }

    /// - Throws: as `Pools.update`.
    package func updatePool(_ id: ID<Pool>, _ request: UpdatePoolRequest) async throws(MartletError) -> Pool {
        await described(try await tools.disks.pools.update(id, request))
    }

    /// - Throws: as `Pools.delete`.
    package func deletePool(_ id: ID<Pool>) async throws(MartletError) {
        try await tools.disks.pools.delete(id) { tools.disks.names(in: id) }
    }

    private func described(_ pool: Pool) async -> Pool {
        var pool = pool
        let count = tools.disks.list().count { ($0.pool ?? Pools.rootID) == pool.id }
        pool.status = await tools.disks.pools.status(of: pool, disks: count)
        return pool
    }
}
