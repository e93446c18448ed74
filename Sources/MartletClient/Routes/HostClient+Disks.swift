package import MartletModel

extension HostClient {
    /// All disks, sorted by name; those whose name contains `name` where one is given.
    package func listDisks(name: String? = nil) async throws -> [Disk] {
        var request = APIRequest(.listDisks)
        if let name { request.query.append(("name", name)) }
        return try await list(request)
    }

    /// Begins to make a disk; the operation's subject is its id.
    package func createDisk(_ body: CreateDiskRequest) async throws -> Operation {
        try await send(APIRequest(.createDisk), body)
    }

    /// `disk` is a name or an id, here and below.
    package func getDisk(_ disk: String) async throws -> Disk { try await get(APIRequest(.getDisk, disk)) }

    /// Begins to delete a disk with what is on it.
    package func deleteDisk(_ disk: String) async throws -> Operation { try await send(APIRequest(.deleteDisk, disk)) }
}
