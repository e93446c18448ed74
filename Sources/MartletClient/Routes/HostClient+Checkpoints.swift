package import MartletModel

/// A machine's checkpoints; `checkpoint` is one's name or id.
extension HostClient {
    /// The oldest first.
    package func listCheckpoints(_ machine: String) async throws -> [Checkpoint] {
        try await whole(APIRequest(.listCheckpoints, machine))
    }

    package func getCheckpoint(_ machine: String, _ checkpoint: String) async throws -> Checkpoint {
        try await get(APIRequest(.getCheckpoint, machine, part: checkpoint))
    }

    /// Begins to make one.
    package func createCheckpoint(_ machine: String, _ body: CreateCheckpointRequest) async throws -> Operation {
        try await send(APIRequest(.createCheckpoint, machine), body)
    }

    /// Gives one another name or other notes.
    package func updateCheckpoint(
        _ machine: String, _ checkpoint: String, _ body: UpdateCheckpointRequest
    ) async throws -> Checkpoint {
        try await send(APIRequest(.updateCheckpoint, machine, part: checkpoint), body)
    }

    /// Begins to delete one, or one with all that came from it.
    ///
    /// - Parameter bandwidth: how much is merged in a second; nil for no limit.
    package func deleteCheckpoint(
        _ machine: String, _ checkpoint: String, subtree: Bool, bandwidth: ByteCount?
    ) async throws -> Operation {
        var request = APIRequest(.deleteCheckpoint, machine, part: checkpoint)
        if subtree { request.query.append(("subtree", "true")) }
        if let bandwidth { request.query.append(("bandwidth", "\(bandwidth.bytes)")) }
        return try await send(request)
    }

    /// Begins to merge what checkpoints that are gone have left.
    ///
    /// - Parameter bandwidth: how much is merged in a second; nil for no limit.
    package func mergeCheckpoints(_ machine: String, bandwidth: ByteCount?) async throws -> Operation {
        var request = APIRequest(.mergeCheckpoints, machine)
        if let bandwidth { request.query.append(("bandwidth", "\(bandwidth.bytes)")) }
        return try await send(request)
    }

    /// Begins to take a machine back to one; it is off afterwards, or saved where the checkpoint has its memory.
    package func applyCheckpoint(_ machine: String, _ checkpoint: String) async throws -> Operation {
        try await send(APIRequest(.applyCheckpoint, machine, part: checkpoint))
    }

    /// Begins to write the whole machine as it was at one into a folder of the host.
    package func exportCheckpoint(
        _ machine: String, _ checkpoint: String, _ body: ExportCheckpointRequest
    ) async throws -> Operation {
        try await send(APIRequest(.exportCheckpoint, machine, part: checkpoint), body)
    }
}
