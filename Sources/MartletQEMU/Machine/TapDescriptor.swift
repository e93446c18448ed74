import Glibc
import MartletLinux
import MartletModel

/// Opens tap interfaces for QEMU.
enum TapDescriptor {
    /// A descriptor of the tap interface `name`, which must exist; closed on exec. The caller closes it.
    ///
    /// - Throws: `notFound` for no such interface; `forbidden` without the right to `/dev/net/tun` or the interface;
    ///   `inUse` when another process has it; `invalidArgument` for a name of more than 15 bytes; `ioFailed`.
    static func open(_ name: String) throws(MartletError) -> Int32 {
        var request = try interfaceRequest(name)
        // TUNSETIFF would make a new interface of this name, which would then be on no switch and be gone with QEMU.
        guard if_nametoindex(name) != 0 else {
            throw MartletError(
                .notFound, "there is no tap interface '\(name)'; start the machine again so that it is made")
        }
        let descriptor = Glibc.open("/dev/net/tun", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno, "open '/dev/net/tun'") }
        guard ioctl(descriptor, setInterface, &request) == 0 else {
            let failure = errno
            close(descriptor)
            throw .system(failure, "use the tap interface '\(name)'")
        }
        return descriptor
    }

    /// `TUNSETIFF`, a macro that Swift doesn't import: `_IOW('T', 202, int)`.
    private static let setInterface: UInt = 0x4004_54CA
    /// `IFF_TAP | IFF_NO_PI | IFF_VNET_HDR`: frames with virtio's header and nothing before it, as QEMU expects of a
    /// descriptor.
    private static let flags: Int16 = 0x5002

    private static func interfaceRequest(_ name: String) throws(MartletError) -> InterfaceRequest {
        let bytes = Array(name.utf8)
        guard (1...15).contains(bytes.count) else {
            throw MartletError(.invalidArgument, "the interface's name '\(name)' has \(bytes.count) bytes; use 1 to 15")
        }
        var request = InterfaceRequest()
        // The name has 16 bytes, and at most 15 are copied into them.
        withUnsafeMutableBytes(of: &request.name) { $0.copyBytes(from: bytes) }
        request.flags = flags
        return request
    }

    /// `struct ifreq` as far as TUNSETIFF reads and writes it: 40 bytes, the flags after the name.
    private struct InterfaceRequest {
        var name: (UInt64, UInt64) = (0, 0)
        var flags: Int16 = 0
        var rest: (UInt16, UInt32, UInt64, UInt64) = (0, 0, 0, 0)
    }
}
