/// Opens a block node.
struct BlockdevAdd: QMPCommand {
    static let name = "blockdev-add"
    typealias Reply = QMPEmpty

    var node: JSONText

    func encode(to encoder: any Encoder) throws { try node.encode(to: encoder) }
}

/// Closes a block node that no device uses.
struct BlockdevDel: QMPCommand {
    static let name = "blockdev-del"
    typealias Reply = QMPEmpty

    var nodeName: String

    private enum CodingKeys: String, CodingKey { case nodeName = "node-name" }
}

/// Plugs a device in.
struct DeviceAdd: QMPCommand {
    static let name = "device_add"
    typealias Reply = QMPEmpty

    var device: JSONText

    func encode(to encoder: any Encoder) throws { try device.encode(to: encoder) }
}

/// Asks the guest to let go of a device; the event DEVICE_DELETED tells that it has.
package struct DeviceDel: QMPCommand {
    package static let name = "device_del"
    package typealias Reply = QMPEmpty

    package var id: String

    package init(id: String) { self.id = id }
}

/// Asks for what is below a place in QEMU's object tree.
struct QOMList: QMPCommand {
    static let name = "qom-list"
    typealias Reply = [Member]

    struct Member: Decodable, Sendable, Hashable { var name: String }

    var path: String
}

/// Gives a disk another capacity, which its guest sees at once.
struct BlockResize: QMPCommand {
    static let name = "block_resize"
    typealias Reply = QMPEmpty

    var nodeName: String
    /// In bytes.
    var size: Int64

    private enum CodingKeys: String, CodingKey {
        case nodeName = "node-name"
        case size
    }
}
