import Glibc
package import MartletModel

/// What a service tells the service manager that started it (sd_notify(3)): a datagram to the socket in `$NOTIFY_SOCKET`.
package struct ServiceNotice: Sendable, Hashable {
    /// As the datagram has it: assignments, a line each.
    package let text: String

    /// The service does its work; `status` is for people, a line.
    package static func ready(status: String) -> ServiceNotice {
        let line = String(status.map { $0.isNewline ? " " : $0 })
        return ServiceNotice(text: "READY=1\nSTATUS=\(line)")
    }

    /// The service is about to end.
    package static let stopping = ServiceNotice(text: "STOPPING=1")

    /// Tells it; returns whether there was anybody to tell.
    ///
    /// - Parameter socket: a path, or with `@` before it a name that is no file; nil and an empty one mean nobody.
    /// - Throws: `invalidArgument` for what can't be a socket; `notFound`, `forbidden`, `ioFailed` when nobody takes it.
    @discardableResult
    package func send(to socket: String? = environmentSocket) throws(MartletError) -> Bool {
        guard let socket, !socket.isEmpty else { return false }
        var address =
            socket.hasPrefix("@")
            ? try UnixSocketAddress(abstractName: String(socket.dropFirst())) : try UnixSocketAddress(path: socket)
        let number = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if number < 0 { throw .system(errno, "make a socket") }
        let descriptor = OwnedDescriptor(number)
        let bytes = Array(text.utf8)
        var sent = 0
        var failure: Int32 = 0
        repeat {
            sent = Int(
                address.withPointer { pointer, length in
                    Int32(sendto(descriptor.number, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length))
                })
            failure = errno
        } while sent < 0 && failure == EINTR
        if sent < 0 { throw .system(failure, "tell the service manager at '\(socket)'") }
        return true
    }

    /// `$NOTIFY_SOCKET`; programs that we start don't inherit it.
    package static var environmentSocket: String? { getenv("NOTIFY_SOCKET").map { String(cString: $0) } }
}
