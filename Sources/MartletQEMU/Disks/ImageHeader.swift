import MartletModel

/// The first bytes of a disk's file, by which its format is known before anything else is done with it.
enum ImageHeader {
    static let length = 8

    /// - Throws: `invalidArgument` for bytes that don't begin a qcow2 image of version 3; `path` is for the message.
    static func check(_ bytes: some Collection<UInt8>, path: String) throws(MartletError) {
        let magic: [UInt8] = [0x51, 0x46, 0x49, 0xFB]
        guard bytes.count >= length, bytes.starts(with: magic) else {
            throw MartletError(.invalidArgument, "'\(path)' is not a qcow2 image; convert it with qemu-img first")
        }
        let version = bytes.dropFirst(4).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard version == 3 else {
            throw MartletError(
                .invalidArgument,
                "'\(path)' is a qcow2 image of version \(version); amend it to compat=1.1 with qemu-img first"
            )
        }
    }
}
