import Logging
import MartletLinux
import MartletModel
import MartletQEMU

/// The way to QEMU: found, lost and found again.
extension VirtualMachineDriver {
    /// Connects to QEMU and checks that it is this machine's.
    ///
    /// - Throws: `qemuFailed` when it has ended, with the end of its log; `unavailable` or `timedOut` when it doesn't answer.
    func connect(timeout: Duration = firstAnswerTimeout) async throws(MartletError) {
        guard qmp == nil else { return }
        guard let identity = process else { throw endedError }
        do {
            let client = try await QMPClient.connect(
                path: tools.layout.qmpSocket(of: id), timeout: timeout, logger: tools.logger
            )
            try await attach(client)
        } catch {
            // A QEMU that refuses its arguments ends at once, and the socket with it: then its own words are the cause.
            if await exit(of: identity, within: .milliseconds(500)) != nil { throw endedError }
            throw error
        }
    }

    private func attach(_ client: QMPClient) async throws(MartletError) {
        let uuid = try await client.execute(QueryUUID())
        guard ID<VirtualMachine>(uuid.uuid) == id else {
            await client.close()
            throw MartletError(
                .qemuFailed, "the QEMU at \(tools.layout.qmpSocket(of: id)) is of machine \(uuid.uuid); end it by hand")
        }
        guard process != nil, qmp == nil else { return await client.close() }
        qmp = client
        let events = Task { for await event in client.events { self.handle(event) } }
        watcher = events
        Task {
            await events.value
            await self.connectionEnded(client)
        }
        await followMemory()
        await openConsole()
        await openGuest()
    }

    private func openConsole() async {
        guard console == nil else { return }
        let hub = await ConsoleHub.open(
            socket: tools.layout.consoleSocket(of: id),
            log: tools.layout.absolute(configuration.relativeConsoleLog),
            logger: tools.logger
        )
        // QEMU may have ended meanwhile, or another connection have been first.
        if process == nil || console != nil { await hub?.end() } else { console = hub }
    }

    /// The connection is gone. Mostly because QEMU is; if not, it is tried again for as long as QEMU lives.
    private func connectionEnded(_ client: QMPClient) async {
        guard qmp === client, let identity = process else { return }
        qmp = nil
        await client.close()
        // One that said it would end is given the time to close its disks.
        let patience: Duration = shutdown == nil ? .seconds(2) : .seconds(60)
        if await exit(of: identity, within: patience) != nil { return }
        // An operation may have reached it again.
        guard process == identity, qmp == nil else { return }
        turn {
            $0.contactLost(
                Failure(code: "unavailable", message: "QEMU runs as process \(identity.processID) and does not answer"))
        }
        Task { await self.regainContact(identity) }
    }

    /// Tries to reach a QEMU that lives and doesn't answer, until it does, ends, or an operation takes over.
    func regainContact(_ identity: ProcessIdentity) async {
        while process == identity, qmp == nil, case .failed(_, isAlive: true) = life.state {
            if await exit(of: identity, within: .seconds(5)) != nil { return }
            guard process == identity, qmp == nil else { return }
            do {
                try await connect(timeout: .seconds(5))
                let execution = try await queryExecution()
                turn { $0.adopted(execution) }
                await adoptTPM()
            } catch {
                tools.logger.debug(
                    "QEMU still doesn't answer", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
            }
        }
    }
}
