import Logging
import MartletModel
import MartletStore

/// How what is wanted of a machine is changed: in the store, in the copy beside its files, and for readers.
extension VirtualMachineDriver {
    /// How often a change is made anew where somebody else's came before it.
    private static let mostAttempts = 10

    /// Changes what is wanted of the machine, together with other writes; all of it or nothing.
    ///
    /// - Throws: as `store(with:_:)`; also `ioFailed`, `insufficientSpace` for the copy beside its files, and the store has the change then.
    func change(
        with writes: [StoreWrite] = [],
        _ body: (inout VirtualMachineConfiguration) throws(MartletError) -> Void
    ) async throws(MartletError) {
        try await store(with: writes, body)
        // Without a suspension since the change, or an older configuration could come to stand there after a newer one.
        try Sidecar.write(configuration, layout: tools.layout)
    }

    /// As `change`, without the copy beside the machine's files.
    ///
    /// Somebody else may change the machine between the look and the write; then it is looked at again, and `body` runs once more.
    /// - Throws: `conflict` when it is changed again and again; `storeFailed`, `insufficientSpace`; what `body` throws.
    func store(
        with writes: [StoreWrite],
        _ body: (inout VirtualMachineConfiguration) throws(MartletError) -> Void
    ) async throws(MartletError) {
        for _ in 0..<Self.mostAttempts {
            var changed = configuration
            try body(&changed)
            guard changed != configuration || !writes.isEmpty else { return }
            let all = [try StoreWrite.put(changed, expecting: .revision(revision))] + writes
            do {
                let new = try await tools.store.transaction(all, durability: .powerLoss)
                return replaceConfiguration(changed, revision: new)
            } catch  where error.code == .conflict {
                await Task.yield()
            }
        }
        throw MartletError(.conflict, "'\(configuration.name)' is changed again and again; try it later")
    }

    /// Stores what a person wants of the machine from now on. It was made from the configuration as it is.
    ///
    /// - Throws: `conflict` when it was changed meanwhile; `storeFailed`, `insufficientSpace`.
    func keep(_ changed: VirtualMachineConfiguration) async throws(MartletError) {
        let new = try await tools.store.put(changed, expecting: .revision(revision))
        replaceConfiguration(changed, revision: new)
        do {
            try Sidecar.write(changed, layout: tools.layout)
        } catch {
            // The store has the change; the copy beside the files is older until the next one.
            tools.logger.error(
                "a machine's copy beside its files is out of date",
                metadata: ["vm": "\(changed.name)", "error": "\(error)"])
        }
    }
}
