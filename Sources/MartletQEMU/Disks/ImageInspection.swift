import MartletModel

/// Looks whether an image stands by itself. One that names other files of the host would have QEMU read those for the
/// guest; here it is refused before QEMU sees it.
enum ImageInspection {
    /// - Throws: `invalidArgument` for an image that names another file, or isn't of the format; `unsupported` for one
    ///   that is encrypted or of a kind that can't be read.
    /// - Parameter backing: the file that a qcow2 image is expected to name as its backing file; nil for none.
    static func check(
        _ sample: ImageSample, as format: ImageFormat, backing: String? = nil, name: String
    ) throws(MartletError) {
        switch format {
        case .qcow2: try checkQCOW2(sample, backing: backing, name)
        case .vmdk: try checkVMDK(sample, name)
        case .vhd: try checkVHD(sample, name)
        case .vhdx: try require(sample.has("vhdxfile", at: 0), format, name)
        case .iso: try require(sample.has("CD001", at: 32769), format, name)
        case .raw: return
        }
    }

    /// The header's fields are of `docs/interop/qcow2.txt`.
    private static func checkQCOW2(
        _ sample: ImageSample, backing: String?, _ name: String
    ) throws(MartletError) {
        try require(sample.has([0x51, 0x46, 0x49, 0xFB], at: 0), .qcow2, name)
        let version = sample.big32(4)
        guard version == 2 || version == 3 else {
            throw MartletError(.unsupported, "'\(name)' is a qcow2 image of version \(version); 2 and 3 can be read")
        }
        try checkBacking(sample, expected: backing, name)
        try checkTable(sample, name)
        if sample.big32(32) != 0 {
            throw MartletError(.unsupported, "'\(name)' is encrypted; convert it to one that isn't first")
        }
        guard version == 3 else { return }
        // Bit 2 of the incompatible features: the data is in another file.
        if sample.big64(72) & 4 != 0 { throw namesOther(name, "an external data file") }
        if sample.big64(72) & 2 != 0 {
            throw MartletError(
                .invalidArgument, "'\(name)' is marked as corrupt; repair it with qemu-img check -r first")
        }
    }

    /// QEMU reads zeros beyond the file's end: an image cut short before its first table would be taken for an empty disk.
    private static func checkTable(_ sample: ImageSample, _ name: String) throws(MartletError) {
        let length = UInt64(sample.big32(36)) * 8
        let (end, overflows) = UInt64(sample.big64(40)).addingReportingOverflow(length)
        guard !overflows, end <= UInt64(sample.length) else {
            throw MartletError(.invalidArgument, "'\(name)' is cut short or damaged; get the whole of it again")
        }
    }

    /// The folders above may have moved with the host's root since the name was written; the file's own folder and its
    /// name, which has the image's id in it, have not.
    private static func checkBacking(
        _ sample: ImageSample, expected: String?, _ name: String
    ) throws(MartletError) {
        let named = sample.backingFile
        guard let expected else {
            if named != nil { throw namesOther(name, "a backing file") }
            return
        }
        func end(_ path: String) -> ArraySlice<Substring> { path.split(separator: "/").suffix(2) }
        // An overlay names its neighbour by the file's name alone.
        func isExpected(_ named: String) -> Bool {
            end(named) == end(expected) || (!named.contains("/") && named == expected.split(separator: "/").last ?? "")
        }
        guard let named, isExpected(named) else {
            throw MartletError(
                .invalidArgument,
                "'\(name)' is recorded as a copy of '\(expected)', and names \(named.map { "'\($0.prefix(200))'" } ?? "no file"); it was changed from outside"
            )
        }
    }

    /// QEMU 7.2's `vmdk_open_vmdk4`: with a capacity of 0 it follows the descriptor inside, whose extents name files; the
    /// descriptor at sector 1 names a parent.
    private static func checkVMDK(_ sample: ImageSample, _ name: String) throws(MartletError) {
        try require(sample.has("KDMV", at: 0), .vmdk, name)
        if sample.little64(12) == 0 { throw namesOther(name, "its extents") }
        let descriptor = sample.head.dropFirst(512).prefix(20 << 10).prefix { $0 != 0 }
        let lines = descriptor.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        func value(of key: String) -> String? {
            lines.first { $0.lowercased().hasPrefix("\(key)=") }.map { line in
                line.dropFirst(key.count + 1).filter { $0 != "\"" && $0 != "\r" }.lowercased()
            }
        }
        if value(of: "parentfilenamehint") != nil || value(of: "parentcid").map({ $0 != "ffffffff" }) == true {
            throw namesOther(name, "a parent")
        }
        if let type = value(of: "createtype"), !["monolithicsparse", "streamoptimized"].contains(type) {
            throw MartletError(
                .unsupported,
                "'\(name)' is a VMDK of the type \(type.prefix(40)); monolithicSparse and streamOptimized, which are one file, can be read"
            )
        }
    }

    /// QEMU takes a differencing VHD for a whole one and reads zeros where the parent's data is.
    private static func checkVHD(_ sample: ImageSample, _ name: String) throws(MartletError) {
        let footer = ImageSample(head: sample.has("conectix", at: 0) ? sample.head : sample.foot)
        try require(footer.has("conectix", at: 0), .vhd, name)
        switch footer.big32(60) {
        case 2, 3: return
        case 4: throw namesOther(name, "a parent")
        case let type:
            throw MartletError(.unsupported, "'\(name)' is a VHD of type \(type); fixed and dynamic ones can be read")
        }
    }

    private static func require(_ holds: Bool, _ format: ImageFormat, _ name: String) throws(MartletError) {
        if !holds { throw MartletError(.invalidArgument, "'\(name)' is no \(format) image; leave the format out") }
    }

    private static func namesOther(_ name: String, _ what: String) -> MartletError {
        MartletError(
            .invalidArgument,
            "'\(name)' names another file (\(what)), which is not read; make it whole first with qemu-img convert"
        )
    }
}
