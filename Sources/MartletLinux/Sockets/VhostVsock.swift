import CMartletLinux
import Glibc
package import MartletModel

/// The kernel's device by which guests have vsock (`vhost_vsock`).
package struct VhostVsock: Sendable {
    package static let device = "/dev/vhost-vsock"

    /// The open device, which has the context id until it is closed by everybody; QEMU takes a duplicate.
    package let descriptor: SharedDescriptor
    package let context: UInt32

    /// Opens the device, which loads its module, and takes the first context id that nobody has.
    ///
    /// - Throws: `notFound` where the kernel has no such device; `forbidden`; `inUse` when all the ids are taken; `ioFailed`.
    package static func take(_ candidates: [UInt32], device: String = device) throws(MartletError) -> VhostVsock {
        let descriptor = SharedDescriptor(try OwnedDescriptor.open(device, O_RDWR).release())
        for context in candidates {
            if martlet_vhost_vsock_set_cid(descriptor.number, UInt64(context)) == 0 {
                return VhostVsock(descriptor: descriptor, context: context)
            }
            guard errno == EADDRINUSE else { throw .system(errno, "take the context id \(context) at '\(device)'") }
        }
        throw MartletError(
            .inUse,
            "the vsock context ids \(candidates.first ?? 0) to \(candidates.last ?? 0) are all taken by other programs; "
                + "end one of them")
    }
}
