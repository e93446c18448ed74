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
        let former = try await execute(QueryMedia()).first { $0.isDrive(drive) }?.inserted?.nodeName
        let node = path == nil ? nil : "\(drive)-\(try SecureRandom.hex(byteCount: 6))"
        if let path, let node { _ = try await execute(BlockdevAddMedium(node: node, path: path)) }
        do {
            try await openTray(of: drive, force: force)
            _ = try await execute(BlockdevRemoveMedium(id: drive))
            if let node { _ = try await execute(BlockdevInsertMedium(id: drive, nodeName: node)) }
        } catch {
            if let node { _ = try? await execute(BlockdevDelMedium(nodeName: node)) }
            throw error
        }
        _ = try await execute(BlockdevCloseTray(id: drive))
        if let former { _ = try? await execute(BlockdevDelMedium(nodeName: former)) }
    }

    /// For a locked tray QEMU asks the guest and says that it obeyed, so the tray is looked at.
    private func openTray(of drive: String, force: Bool) async throws(MartletError) {
        _ = try await execute(BlockdevOpenTray(id: drive, force: force))
        if try await execute(QueryMedia()).first(where: { $0.isDrive(drive) })?.isTrayOpen == true { return }
        throw MartletError(
            .inUse,
            "the guest has locked the drive and was asked to let go of it; unmount it there and try again, or give --force"
        )
    }
}

/// Asks what is in the guest's drives.
struct QueryMedia: QMPCommand {
    static let name = "query-block"
    typealias Reply = [Drive]

    struct Drive: Decodable, Sendable, Hashable {
        struct Medium: Decodable, Sendable, Hashable {
            var nodeName: String?

            private enum CodingKeys: String, CodingKey { case nodeName = "node-name" }
        }

        /// The path of the device in QEMU's object tree, or its id.
        var path: String?
        var inserted: Medium?
        var isTrayOpen: Bool?

        private enum CodingKeys: String, CodingKey {
            case path = "qdev"
            case inserted
            case isTrayOpen = "tray_open"
        }

        func isDrive(_ id: String) -> Bool { path?.split(separator: "/").last.map(String.init) == id }
    }
}

/// Opens an image as a block node that is read and never probed.
private struct BlockdevAddMedium: QMPCommand {
    static let name = "blockdev-add"
    typealias Reply = QMPEmpty

    struct File: Encodable {
        var driver = "file"
        var filename: String
        var isReadOnly = true
        var locking = "on"

        private enum CodingKeys: String, CodingKey {
            case driver, filename, locking
            case isReadOnly = "read-only"
        }
    }

    var driver = "raw"
    var nodeName: String
    var isReadOnly = true
    var file: File

    init(node: String, path: String) {
        nodeName = node
        file = File(filename: path)
    }

    private enum CodingKeys: String, CodingKey {
        case driver, file
        case nodeName = "node-name"
        case isReadOnly = "read-only"
    }
}

private struct BlockdevDelMedium: QMPCommand {
    static let name = "blockdev-del"
    typealias Reply = QMPEmpty

    var nodeName: String

    private enum CodingKeys: String, CodingKey { case nodeName = "node-name" }
}
