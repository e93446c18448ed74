import Logging
import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// What a new daemon finds: documents, unfinished operations, and QEMU processes that outlived the last daemon.
extension VirtualMachines {
    /// Makes the stored machines known.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed` when the store can't be read.
    func load() async throws(MartletError) -> [String] {
        let list = try await tools.store.list(VirtualMachineConfiguration.self)
        let failures = try await tools.store.list(MachineFailure.self).documents.map(\.document)
        let wanted = Set(try await tools.store.list(WantedRun.self).documents.map(\.document.machine))
        let failureByMachine = Dictionary(failures.map { ($0.machine, $0) }, uniquingKeysWith: { $1 })
        for stored in list.documents {
            let failure = failureByMachine[stored.document.id]
            let isSaved = SavedState(of: stored.document, layout: tools.layout).exists
            let atRest = failure.map { VirtualMachineLife.State.failed($0.failure, isAlive: false) } ?? .off(cause: nil)
            await add(
                stored.document,
                revision: stored.revision,
                life: VirtualMachineLife(isSaved ? .saved(cause: failure?.failure) : atRest),
                since: failure?.since,
                isWanted: wanted.contains(stored.document.id)
            )
        }
        return list.undecodable.map { "machine \($0.id) can't be read and was set aside: \($0.reason)" }
    }

    /// An unfinished operation takes its machine in hand again.
    ///
    /// - Throws: `notFound`.
    func takeUp(_ id: ID<VirtualMachine>, as lifeState: VirtualMachineLife.State) async throws(MartletError) {
        let driver = try driver(id)
        await driver.turn { $0.operationResumed(lifeState) }
        guard let identity = runningQEMUs()[id] else { return }
        await driver.hold(identity)
        do {
            try await driver.connect(timeout: .seconds(5))
        } catch {
            // The operation's own steps meet the same QEMU and fail with what it says.
            tools.logger.debug(
                "an operation's QEMU doesn't answer yet", metadata: ["vm": "\(id)", "error": "\(error)"])
        }
    }

    /// Machines whose QEMU runs keep their switches up, whatever is taken down meanwhile.
    func assumeRunningPlugged() async {
        let running = runningQEMUs()
        for driver in drivers where running[driver.id] != nil {
            await tools.switches.assumePlugged(await driver.configuration)
        }
    }

    /// Adopts every QEMU that no operation has taken up, and settles the machines whose QEMU is gone.
    ///
    /// - Returns: what an administrator should know, a sentence each.
    func settle(claimed: [MachineClaim]) async -> [String] {
        let running = runningQEMUs()
        let held = Set(claimed.map(\.machine))
        await withTaskGroup(of: Void.self) { group in
            for driver in drivers where running[driver.id] != nil || held.contains(driver.id) {
                group.addTask { await Self.settle(driver, running[driver.id]) }
            }
        }
        tellSettled()
        for driver in drivers { await driver.settleSavedState() }
        settled.open()
        let known = Set(drivers.map(\.id))
        return running.filter { !known.contains($0.key) }.map { id, identity in
            "QEMU process \(identity.processID) runs machine \(id), which this host does not know; it was left alone"
        }
    }

    private static func settle(_ driver: VirtualMachineDriver, _ identity: ProcessIdentity?) async {
        switch await driver.life.state {
        case .starting, .restoring, .stopping, .restarting, .saving, .discarding, .applying, .deleting, .live: return
        case .off, .saved, .failed: break
        }
        if let identity {
            await driver.adopt(identity)
        } else {
            await driver.settleUnseenEnd()
        }
    }

    /// The QEMU of a machine, whether an operation has it or nobody yet.
    func runningQEMU(of id: ID<VirtualMachine>) -> ProcessIdentity? { runningQEMUs()[id] }

    /// The QEMUs of this root, by machine: the process table is the truth, so no file about it can go stale.
    private func runningQEMUs() -> [ID<VirtualMachine>: ProcessIdentity] {
        let entries = ProcessTable.entries { $0.contains("-uuid") }
        let root = FileEntry.canonical(tools.layout.root)
        var found: [ID<VirtualMachine>: ProcessIdentity] = [:]
        for entry in entries where entry.workingDirectory == root && isOurs(entry) {
            guard let flag = entry.arguments.firstIndex(of: "-uuid"), entry.arguments.indices.contains(flag + 1),
                let id = ID<VirtualMachine>(entry.arguments[flag + 1]),
                let identity = try? ProcessIdentity(processID: entry.processID), identity.isAlive
            else { continue }
            found[id] = identity
        }
        return found
    }

    /// Anybody may start a program with such arguments in our folder; only what runs as us or as our guests' user is taken.
    private func isOurs(_ entry: ProcessTable.Entry) -> Bool {
        // Right after the start it is still the program that gives up root.
        let programs: Set<String?> = [
            "setpriv", tools.installation?.executable.split(separator: "/").last.map(String.init),
        ]
        let program = entry.executable?.split(separator: "/").last.map(String.init)
        return programs.contains(program) && [tools.userID, tools.guestUser?.userID].contains(entry.userID)
    }

    // MARK: Ends of operations

    func giveUpStart(_ id: ID<VirtualMachine>, _ failure: Failure?) async {
        guard let driver = try? driver(id) else { return }
        let isSaved = await driver.isStateKept
        await driver.turn { $0.startUndone(failure, isSaved: isSaved) }
        if case .failed(let failure, _) = await driver.life.state { await driver.keep(failure) }
        await driver.startFailed()
    }

    func giveUpStop(_ id: ID<VirtualMachine>) async {
        guard let driver = try? driver(id) else { return }
        await driver.giveUpStop()
    }
}

extension VirtualMachineDriver {
    /// The guest did not obey: it runs on. If it has ended just now, that is a stop all the same.
    func giveUpStop() async {
        if isAlive {
            turn { $0.stopAbandoned() }
            if let execution = try? await queryExecution() { turn { $0.executionChanged(execution) } }
            return
        }
        await cleanUpOrLog()
        turn { $0.stopped() }
    }
}
