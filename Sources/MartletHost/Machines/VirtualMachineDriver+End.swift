import Logging
import MartletLinux
import MartletModel
import MartletStore

/// The end of QEMU, and what follows it.
extension VirtualMachineDriver {
    /// The exit, if it comes in time.
    func exit(of identity: ProcessIdentity, within timeout: Duration) async -> ProcessExit? {
        await exits.wait(
            for: identity,
            timeout: timeout,
            until: { _ in true },
            current: { self.lastEnd?.process == identity ? self.lastEnd?.exit : nil }
        )
    }

    func processExited(_ identity: ProcessIdentity, _ exit: ProcessExit) async {
        guard process == identity else { return }
        // The events end with the process; what QEMU said last is among them.
        qmp = nil
        await watcher?.value
        guard process == identity else { return }
        watcher = nil
        await console?.end()
        console = nil
        await closeGuest()
        let end = QEMUEnd(
            process: identity, exit: exit, shutdown: shutdown, log: logTail(), hadLostTPM: warnings[.tpm] != nil)
        lastEnd = end
        process = nil
        vsockContext = nil
        tools.logs.unwatch(tools.layout.absolute(configuration.relativeLog))
        started = nil
        memory = nil
        await tools.memory.unfollow(id)
        storageFault = nil
        warnings = [:]
        exits.notify(identity, exit)
        await settle(end)
    }

    /// What follows an end that no operation brought about: tell, then take down what the machine held.
    private func settle(_ end: QEMUEnd) async {
        let hasPanicked = life.panic != nil
        let action = turn { $0.qemuExited(shutdown: end.isAsked, cause: end.failure) }
        guard action == .cleanUp else { return }
        let failure = life.cause
        let hasFailed = life.published == .failed
        let work = Task {
            await self.cleanUpOrLog()
            if hasFailed, let failure { await self.keep(failure) }
        }
        settling = work
        await work.value
        if settling == work { settling = nil }
        await endedByItself(hasPanicked ? .panicked : hasFailed ? .failed : .poweredOff)
        await startAgainAfterReset(end)
    }

    /// Waits until what an earlier QEMU held is taken down, so that nothing of a new one is.
    func settled() async { await settling?.value }

    /// Where nothing can be done about a failure; what stays behind is taken down by the next start or the next daemon.
    func cleanUpOrLog() async {
        do {
            try await cleanUp()
        } catch {
            tools.logger.error(
                "what a machine held can't be released", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }

    /// Ends QEMU without asking the guest and waits until it is gone.
    ///
    /// - Throws: `timedOut` when the kernel doesn't let it go.
    func kill() async throws(MartletError) {
        guard let identity = process else { return }
        if identity.isAlive { try identity.signal(9) }
        guard await exit(of: identity, within: Self.killTimeout) != nil else {
            throw MartletError(
                .timedOut, "QEMU's process \(identity.processID) was killed and isn't gone; its disk may hang")
        }
    }

    /// Takes down what a machine without QEMU holds: taps, sockets, its claim. Doing it twice is doing it once.
    func cleanUp() async throws(MartletError) {
        try await endTPM()
        try await tools.switches.unplug(configuration)
        try Folder.removeTree(tools.layout.runFolder(of: id))
        removeGroup()
        try await releaseClaim()
    }

    /// A saved machine keeps its disks; any other without QEMU nothing.
    func releaseClaim() async throws(MartletError) {
        if savedState.exists {
            try await tools.claims.keepDisks(of: configuration)
        } else {
            try await tools.claims.release(id)
        }
    }

    func keep(_ failure: Failure) async {
        do {
            try await tools.store.put(MachineFailure(machine: id, failure: failure, since: since))
        } catch {
            tools.logger.error(
                "a failure can't be kept", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }

    /// Why there is no QEMU where there should be one.
    var endedError: MartletError {
        (lastEnd?.failure ?? Failure(code: "qemuFailed", message: "QEMU ended and was not seen to")).error
    }

    func logTail() -> String {
        let path = tools.layout.absolute(configuration.relativeLog)
        let bytes = (try? BoundedFile.tail(path, count: 2_048)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(8).joined(separator: "\n")
    }
}
