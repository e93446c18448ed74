/// A format that the content of a disk or of an optical disc is kept in, in a file.
package enum ImageFormat: String, Sendable, Codable, CaseIterable {
    case qcow2
    /// The disk's bytes and nothing else.
    case raw
    /// Hyper-V's, since 2012.
    case vhdx
    /// Virtual PC's and Hyper-V's before; what Azure takes.
    case vhd
    case vmdk
    /// An optical disc: ISO 9660.
    case iso
}

extension ImageFormat: CustomStringConvertible {
    /// What people call it.
    package var description: String {
        switch self {
        case .qcow2: "qcow2"
        case .raw: "raw"
        case .vhdx: "VHDX"
        case .vhd: "VHD"
        case .vmdk: "VMDK"
        case .iso: "ISO"
        }
    }
}
