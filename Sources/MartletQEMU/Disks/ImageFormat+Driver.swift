import MartletModel

extension ImageFormat {
    /// What QEMU calls it; an optical disc is read as it is.
    var driver: String {
        switch self {
        case .qcow2, .vhdx, .vmdk, .raw: rawValue
        case .vhd: "vpc"
        case .iso: "raw"
        }
    }

    /// How an image of this format is made, as qemu-img's `-o` has it; nil for nothing to say.
    var creationOptions: String? {
        switch self {
        // As `DiskImage.create` makes disks.
        case .qcow2: "compat=1.1,cluster_size=65536,lazy_refcounts=off"
        case .vhdx: "subformat=dynamic"
        // Without `force_size` QEMU 7.2 rounds the capacity up to whole cylinders.
        case .vhd: "subformat=dynamic,force_size=on"
        case .vmdk: "subformat=monolithicSparse"
        case .raw, .iso: nil
        }
    }
}
