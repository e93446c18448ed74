import CMartletLinux
import Glibc
package import MartletModel

/// Hands open descriptors to another process over a unix socket (`SCM_RIGHTS`).
package enum DescriptorPassing {
    /// Sends all of the bytes, with the descriptor attached to the first.
    ///
    /// - Throws: `unavailable` when the socket takes only a part now; by errno's table.
    package static func send(_ bytes: [UInt8], with descriptor: Int32, over socket: Int32) throws(MartletError) {
        // The pointer is used before the closure returns.
        let sent = bytes.withUnsafeBytes {
            martlet_send_with_descriptor(socket, $0.baseAddress, $0.count, descriptor)
        }
        if sent < 0 { throw .system(errno, "send a descriptor") }
        if sent < bytes.count {
            throw MartletError(.unavailable, "the socket took \(sent) of \(bytes.count) bytes with a descriptor")
        }
    }
}
