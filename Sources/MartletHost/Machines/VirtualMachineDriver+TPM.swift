import Logging
import MartletLinux
import MartletModel
import MartletQEMU

/// The machine's TPM: a process beside QEMU, which must be there before QEMU and ends with it.
///
/// QEMU 7.2 can't go back to a TPM whose process has ended, and ends itself when the guest is reset then. So a lost TPM is told, the guest
/// goes on without it, and a reset becomes an orderly end after which the machine is started again, with its TPM.
extension VirtualMachineDriver {
    private var emulator: TPMEmulator {
        TPMEmulator(root: tools.layout.root, folder: configuration.relativeTPM, user: tools.guestUser)
    }

    /// Brings the TPM up, unless it is or the machine has none.
    ///
    /// - Throws: `unavailable` when swtpm isn't installed; `commandFailed`, `insufficientSpace`, `ioFailed`, `timedOut`.
    func startTPM() async throws(MartletError) {
        guard configuration.tpm, !(tpm?.isAlive ?? false) else { return }
        let emulator = emulator
        try await emulator.makeState()
        if let running = await emulator.find() { return watchTPM(running) }
        try Folder.make(tools.layout.runFolder(of: id), mode: Self.runFolderMode)
        watchTPM(
            try emulator.start(
                socket: tools.layout.tpmSocket(of: id), log: tools.layout.absolute(configuration.relativeTPMLog)))
    }

    /// - Throws: `timedOut`, `forbidden`, `ioFailed`.
    func endTPM() async throws(MartletError) {
        let known = tpm
        tpm = nil
        guard configuration.tpm else { return }
        try await emulator.end(known)
    }

    /// A QEMU that an earlier daemon started has been taken: find its TPM.
    func adoptTPM() async {
        guard configuration.tpm, tpm == nil else { return }
        let emulator = emulator
        if let running = await emulator.find() { return watchTPM(running) }
        await tpmLost()
    }

    private func watchTPM(_ identity: ProcessIdentity) {
        guard tpm != identity else { return }
        tpm = identity
        Task {
            _ = await identity.waitForExit()
            await self.tpmEnded(identity)
        }
    }

    /// Mostly because QEMU ends, which tells it to just before; else QEMU goes on without.
    private func tpmEnded(_ identity: ProcessIdentity) async {
        guard tpm == identity else { return }
        tpm = nil
        guard let qemu = process, await exit(of: qemu, within: .seconds(2)) == nil, process == qemu else { return }
        await tpmLost()
    }

    private func tpmLost() async {
        guard let qemu = process, qemu.isAlive else { return }
        tools.logger.warning("a machine has lost its TPM", metadata: ["vm": "\(configuration.name)"])
        warn(
            .tpm, "its TPM has ended and the guest runs on without; it comes back when the machine is started or reset")
        // When QEMU doesn't answer now, the next connection to it does this.
        _ = try? await requireQMP().execute(SetRebootAction(reboot: "shutdown"))
    }

    /// QEMU has ended in place of a reset: what was asked for is a machine that runs.
    func startAgainAfterReset(_ end: QEMUEnd) async {
        guard end.hadLostTPM, end.shutdown?.isReset == true, life.published == .off else { return }
        do {
            _ = try await start(paused: false, revision: nil, by: VirtualMachines.ourselves)
        } catch {
            tools.logger.error(
                "a machine that was reset can't be started again",
                metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }
}

extension QEMUShutdown {
    /// Whether QEMU ended in place of a reset.
    var isReset: Bool { ["guest-reset", "host-qmp-system-reset"].contains(reason) }
}
