import MartletLinux
package import MartletModel

extension QMPClient {
    /// Puts the image at `path` into a drive of the running machine, in place of what is in it; nil leaves the drive empty.
    ///
    /// The new image is opened first, so that one that can't be opened changes nothing.
    /// - Throws: `inUse` when the guest has locked the tray and `force` isn't given: the guest was asked to let go, and may yet;
    ///   `qemuFailed` for an image that can't be opened; `unavailable`, `timedOut`.
    package func changeISO(drive slot: Int, to path: String?, force: Bool) async throws(MartletError) {
        let drive = MachineSpecification.ISODevice.deviceID(slot: slot)
        let former = try await execute(QueryBlock()).first { $0.isDevice(drive) }?.inserted?.nodeName
        let node = path == nil ? nil : "\(drive)-\(try SecureRandom.hex(byteCount: 6))"
        if let path, let node { _ = try await execute(BlockdevAdd(node: QEMUArguments.medium(named: node, path))) }
        do {
            try await openTray(of: drive, force: force)
            _ = try await execute(BlockdevRemoveMedium(id: drive))
            if let node { _ = try await execute(BlockdevInsertMedium(id: drive, nodeName: node)) }
        } catch {
            if let node { _ = try? await execute(BlockdevDel(nodeName: node)) }
            throw error
        }
        _ = try await execute(BlockdevCloseTray(id: drive))
        if let former { _ = try? await execute(BlockdevDel(nodeName: former)) }
    }

    /// For a locked tray QEMU asks the guest and says that it obeyed, so the tray is looked at.
    private func openTray(of drive: String, force: Bool) async throws(MartletError) {
        _ = try await execute(BlockdevOpenTray(id: drive, force: force))
        if try await execute(QueryBlock()).first(where: { $0.isDevice(drive) })?.isTrayOpen == true { return }
        throw MartletError(
            .inUse,
            "the guest has locked the drive and was asked to let go of it; unmount it there and try again, or give --force"
        )
    }
}
