import MartletLinux
package import MartletModel

/// A machine's checkpoints, for those who ask.
extension VirtualMachines {
    /// A machine's checkpoints with what is seen of them now, the oldest first.
    package func checkpoints(of machine: VirtualMachine) async -> [Checkpoint] {
        await described(tools.checkpoints.tree(of: machine.id).checkpoints, machine)
    }

    /// - Throws: `notFound`.
    package func checkpoint(
        _ nameOrID: String, of machine: VirtualMachine
    ) async throws(MartletError) -> Checkpoint {
        let found = try tools.checkpoints.tree(of: machine.id).find(nameOrID, of: machine.name)
        return await described([found], machine)[0]
    }

    /// Begins to make one.
    ///
    /// - Throws: `preconditionFailed`, `wrongState`, `unsupported`, `tooMany`, `alreadyExists`, `invalidArgument`, `inUse`.
    package func createCheckpoint(
        _ id: ID<VirtualMachine>, _ request: CreateCheckpointRequest, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).createCheckpoint(request, revision: revision, by: principal)
    }

    /// - Throws: `notFound`, `alreadyExists`, `wrongState`, `invalidArgument`.
    package func updateCheckpoint(
        _ nameOrID: String, of id: ID<VirtualMachine>, _ request: UpdateCheckpointRequest, by principal: Principal
    ) async throws(MartletError) -> Checkpoint {
        let checkpoint = try await driver(id).updateCheckpoint(nameOrID, request)
        return await described([checkpoint], try find("\(id)"))[0]
    }

    /// Begins to delete one, or one with all that came from it (`subtree`), and to merge what was theirs alone.
    ///
    /// - Parameter bandwidth: how much is merged in a second; nil for no limit.
    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`, `inUse`, `invalidArgument`.
    package func deleteCheckpoint(
        _ nameOrID: String, of id: ID<VirtualMachine>, subtree: Bool, bandwidth: ByteCount?, revision: Int64?,
        by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).deleteCheckpoint(
            nameOrID, subtree: subtree, bandwidth: bandwidth, revision: revision, by: principal)
    }

    /// Begins to merge what a deletion that was cancelled, or an application, has left.
    ///
    /// - Throws: `preconditionFailed`, `wrongState`, `inUse`.
    package func mergeCheckpoints(
        of id: ID<VirtualMachine>, bandwidth: ByteCount?, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).mergeCheckpoints(bandwidth: bandwidth, revision: revision, by: principal)
    }

    /// Begins to take a machine back to one. What it is now is lost; the machine is off afterwards, or saved for one with memory.
    ///
    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`, `inUse`.
    package func applyCheckpoint(
        _ nameOrID: String, of id: ID<VirtualMachine>, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).applyCheckpoint(nameOrID, revision: revision, by: principal)
    }

    /// Begins to write a whole machine as it was at one into a folder of the host.
    ///
    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`, `inUse`, `invalidArgument`, `alreadyExists`.
    package func exportCheckpoint(
        _ nameOrID: String, of id: ID<VirtualMachine>, _ request: ExportCheckpointRequest, revision: Int64?,
        by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).exportCheckpoint(nameOrID, request, revision: revision, by: principal)
    }

    private func described(_ checkpoints: [Checkpoint], _ machine: VirtualMachine) async -> [Checkpoint] {
        let layout = tools.layout
        let paths = checkpoints.map { checkpoint in
            let layers = checkpoint.disks.compactMap { state in
                (try? tools.disks.find("\(state.disk)"))?.layer(state.layer)?.file.path
            }
            return [tools.checkpoints.files(of: checkpoint).state.path] + layers.map(layout.absolute)
        }
        let sizes = try? await BlockingWork.run { () throws(MartletError) in
            paths.map { $0.compactMap(FileEntry.allocated).reduce(ByteCount(bytes: 0), +) }
        }
        return checkpoints.enumerated().map { index, checkpoint in
            var checkpoint = checkpoint
            checkpoint.status = CheckpointStatus(
                size: sizes?[index] ?? ByteCount(bytes: 0),
                isCurrent: checkpoint.id == machine.configuration.checkpoint, machine: machine.name)
            return checkpoint
        }
    }
}
