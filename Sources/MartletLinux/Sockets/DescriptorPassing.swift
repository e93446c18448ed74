import CMartletLinux
import Glibc
package import MartletModel

/// Hands descriptors to the process at the other end of a unix socket.
package enum DescriptorPassing {
    /// Sends bytes and, beside the first of them, a descriptor; the socket may be one that doesn't block.
    ///
    /// - Throws: `unavailable` when the other side has gone or doesn't read; `ioFailed`.
    package static func send(_ bytes: [UInt8], with descriptor: Int32, over socket: Int32) throws(MartletError) {
        let count = martlet_send_descriptor(socket, bytes, bytes.count, descriptor)
        if count < 0 {
            let failure = errno
            guard [EAGAIN, EPIPE, ECONNRESET].contains(failure) else { throw .system(failure, "pass a descriptor on") }
            throw MartletError(.unavailable, "a descriptor can't be passed on; the other side doesn't read")
        }
        // A few hundred bytes into an empty buffer; what follows a part of a message couldn't be understood.
        guard count == bytes.count else {
            throw MartletError(.unavailable, "only \(count) of \(bytes.count) bytes could be passed on")
        }
    }
}
