import MartletModel

/// Tells an image's format by its content. QEMU is never asked to guess: what a guest wrote into a raw disk could make
/// it guess anything.
enum ImageSniffer {
    /// - Parameter name: what the image is called in messages.
    /// - Throws: `invalidArgument` for what is no image, or one in a wrapping that has to be taken off first;
    ///   `unsupported` for an image that can't be read.
    static func recognize(_ sample: ImageSample, name: String) throws(MartletError) -> ImageFormat {
        if sample.length == 0 { throw MartletError(.invalidArgument, "'\(name)' is empty; it holds no image") }
        if sample.has([0x51, 0x46, 0x49, 0xFB], at: 0) { return .qcow2 }
        if sample.has("vhdxfile", at: 0) { return .vhdx }
        if sample.has("KDMV", at: 0) { return .vmdk }
        if sample.has("conectix", at: 0) { return .vhd }
        if sample.has("CD001", at: 32769) { return .iso }
        if sample.foot.starts(with: Array("conectix".utf8)) { return .vhd }
        try refuseWrappings(sample, name)
        // The mark of a boot sector, which a partitioned disk has, with an MBR as with a GPT.
        if sample.has([0x55, 0xAA], at: 510) { return .raw }
        throw MartletError(
            .invalidArgument,
            "'\(name)' is in no format that is known (\(ImageFormat.known)); if it is a disk's bytes and nothing else, say so: --format raw of an image, --from-format raw of a disk"
        )
    }

    private static func refuseWrappings(_ sample: ImageSample, _ name: String) throws(MartletError) {
        let packed: [(bytes: [UInt8], offset: Int, what: String)] = [
            ([0x1F, 0x8B], 0, "packed with gzip"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], 0, "packed with xz"),
            ([0x28, 0xB5, 0x2F, 0xFD], 0, "packed with zstd"), (Array("BZh".utf8), 0, "packed with bzip2"),
            (Array("PK\u{3}\u{4}".utf8), 0, "a zip archive"), (Array("7z\u{BC}".utf8), 0, "a 7z archive"),
            (Array("ustar".utf8), 257, "a tar archive, as an OVA is"),
        ]
        for kind in packed where sample.has(kind.bytes, at: kind.offset) {
            throw MartletError(.invalidArgument, "'\(name)' is \(kind.what); unpack it first")
        }
        if sample.has("# Disk DescriptorFile", at: 0) {
            throw MartletError(
                .unsupported,
                "'\(name)' is the descriptor of a VMDK in several files, which names the others; make it one file first (ovftool, or qemu-img convert -O vmdk)"
            )
        }
        if sample.has("COWD", at: 0) {
            throw MartletError(.unsupported, "'\(name)' is a VMDK of the old kind for ESX; convert it there first")
        }
    }
}

extension ImageFormat {
    fileprivate static var known: String { allCases.map(\.description).joined(separator: ", ") }
}
