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

    /// Begins to give a disk to a machine.
    package func attachDisk(_ disk: String, _ body: AttachDiskRequest) async throws -> Operation {
        try await send(APIRequest(.attachDisk, disk), body)
    }

    /// Begins to take a disk from its machine.
    package func detachDisk(_ disk: String, _ body: DetachDiskRequest = .init()) async throws -> Operation {
        try await send(APIRequest(.detachDisk, disk), body)
    }

    /// Begins to give a disk another capacity.
    package func resizeDisk(_ disk: String, _ body: ResizeDiskRequest) async throws -> Operation {
        try await send(APIRequest(.resizeDisk, disk), body)
    }

    /// Begins to convert a disk; the operation's subject is the id of the disk that comes of it.
    package func convertDisk(_ disk: String, _ body: ConvertDiskRequest) async throws -> Operation {
        try await send(APIRequest(.convertDisk, disk), body)
    }

    /// Begins to write a copy of a disk into a file.
    package func exportDisk(_ disk: String, _ body: ExportDiskRequest) async throws -> Operation {
        try await send(APIRequest(.exportDisk, disk), body)
    }
}
