import CMartletLinux
import Glibc
package import MartletModel

/// Stream sockets between a host and its guests (AF_VSOCK).
///
/// Anybody on a host can connect to a guest, and anybody in a guest can listen. Who has to be believed binds a port below 1,024,
/// at either end, which takes root (`CAP_NET_BIND_SERVICE`).
package enum VsockSocket {
    /// Who is at the other end of a connection.
    package struct Peer: Sendable, Hashable {
        /// Its context id.
        package var context: UInt32
        package var port: UInt32

        package init(context: UInt32, port: UInt32) {
            self.context = context
            self.port = port
        }
    }

    /// A socket that listens at a port for connections to any of our context ids.
    ///
    /// - Throws: `unsupported`, `notFound` where the kernel has no vsock; `forbidden` for a port below 1,024 without the right to
    ///   it; `inUse`; `ioFailed`.
    package static func listen(port: UInt32) throws(MartletError) -> SharedDescriptor {
        let listener = try make()
        guard martlet_vsock_bind(listener.number, UInt32.max, port) == 0 else {
            throw .system(errno, "bind vsock port \(port)")
        }
        guard Glibc.listen(listener.number, 16) == 0 else { throw .system(errno, "listen at vsock port \(port)") }
        return listener
    }

    /// Waits for the next connection to a listener, until the task is cancelled.
    ///
    /// - Returns: nil when the task was cancelled.
    /// - Throws: `tooMany`, `ioFailed`.
    package static func accept(_ listener: SharedDescriptor) async throws(MartletError) -> (SharedDescriptor, Peer)? {
        while !Task.isCancelled {
            await DescriptorReadiness.shared.wait((listener, .reading))
            var peer = Peer(context: 0, port: 0)
            let connection = martlet_vsock_accept(listener.number, &peer.context, &peer.port)
            if connection >= 0 { return (SharedDescriptor(connection), peer) }
            // One that was there and left again is nobody.
            guard [EAGAIN, EINTR, ECONNABORTED].contains(errno) else { throw .system(errno, "take a vsock connection") }
        }
        return nil
    }

    /// A connection from a reserved port of ours, so that the other end sees that we may be believed.
    ///
    /// The kernel gives up by itself after 2 seconds (`VSOCK_DEFAULT_CONNECT_TIMEOUT`), as with a guest without a driver.
    /// - Throws: `unsupported`, `notFound` where the kernel has no vsock or nobody the context id; `forbidden` without the right to
    ///   a reserved port; `tooMany` when all of them are taken; `ioFailed` when nobody listens or answers; `cancelled`.
    package static func connect(context: UInt32, port: UInt32) async throws(MartletError) -> SharedDescriptor {
        let connection = try make()
        try bindReserved(connection)
        let action = "connect to vsock port \(port) of \(context)"
        guard martlet_vsock_connect(connection.number, context, port) != 0 else { return connection }
        guard errno == EINPROGRESS else { throw .system(errno, action) }
        await DescriptorReadiness.shared.wait((connection, .writing))
        if Task.isCancelled { throw MartletError(.cancelled, "the connection to \(context) is wanted no more") }
        var failure: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(connection.number, SOL_SOCKET, SO_ERROR, &failure, &length) == 0, failure == 0 else {
            throw .system(failure == 0 ? errno : failure, action)
        }
        return connection
    }

    private static func make() throws(MartletError) -> SharedDescriptor {
        let socket = martlet_vsock_make()
        // EAFNOSUPPORT: the kernel has no vsock, and loads none.
        guard socket >= 0 else { throw .system(errno == EAFNOSUPPORT ? EOPNOTSUPP : errno, "make a vsock socket") }
        return SharedDescriptor(socket)
    }

    /// The kernel chooses no reserved port by itself.
    private static func bindReserved(_ socket: SharedDescriptor) throws(MartletError) {
        for port in VsockContext.reservedPorts.reversed() where port != GuestContract.vsockPort {
            if martlet_vsock_bind(socket.number, UInt32.max, port) == 0 { return }
            guard errno == EADDRINUSE else { throw .system(errno, "bind vsock port \(port)") }
        }
        throw MartletError(.tooMany, "all \(VsockContext.reservedPorts.count) reserved vsock ports are taken")
    }
}
