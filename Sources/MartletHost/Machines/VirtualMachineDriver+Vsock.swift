import Logging
import MartletLinux
import MartletModel

/// The machine's vsock: there where the host has it, from one start to the end of QEMU, and in the machine's saved states.
extension VirtualMachineDriver {
    /// Takes a context id for the QEMU that is to be started, and writes it down for the daemons after this one.
    ///
    /// A machine that goes on from a saved state has vsock if it had it when it was saved: its guest finds the devices that it knows.
    /// - Returns: nil for a machine without.
    /// - Throws: `unsupported` when the saved state has vsock and the host hasn't; as `SavedStateHeader`, `AtomicFile`.
    func takeVsock(isRestored: Bool) throws(MartletError) -> VhostVsock? {
        let mark = tools.layout.vsockMark(of: id)
        try Folder.removeTree(mark)
        if isRestored, try !savedStateHasVsock() { return nil }
        let vsock: VhostVsock
        do {
            vsock = try VhostVsock.take(VsockContext.candidates(for: id))
        } catch {
            guard isRestored else { return withoutVsock(error) }
            throw MartletError(
                .unsupported,
                "'\(configuration.name)' was saved with vsock, which this host can't give it: load the kernel module vhost_vsock, "
                    + "or throw the state away with `martlet vm discard`", cause: error)
        }
        try AtomicFile.write(Array("\(vsock.context)\n".utf8), to: mark, mode: 0o600)
        return vsock
    }

    /// A machine that starts anew does without: its integration services have their port.
    private func withoutVsock(_ error: MartletError) -> VhostVsock? {
        tools.logger.log(
            level: error.code == .notFound ? .debug : .notice, "a machine starts without vsock",
            metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        return nil
    }

    private func savedStateHasVsock() throws(MartletError) -> Bool {
        let path = savedState.path
        return try SavedStateHeader(decoding: try StreamFile.open(path).header(), of: path).hasVsock ?? false
    }

    /// The context id of the QEMU that runs; nil where it has none.
    func readVsockMark() -> UInt32? {
        guard let text = try? BoundedFile.readText(tools.layout.vsockMark(of: id)) else { return nil }
        return UInt32(text.prefix { $0.isNumber })
    }
}
