import Glibc
package import HTTPTypes
package import NIOCore

/// From where a request comes: what it can be signed in by.
package enum Caller: Sendable {
    /// A process of this host, by the unix socket.
    case local(userID: UInt32)
    /// Somebody at an address, by HTTPS.
    case remote(address: String)
    /// Somebody at an address, whose request the daemon's own user brings to the unix socket: the console does for a person.
    case forwarded(address: String)

    /// What the kernel wrote down for a connected unix socket: `struct ucred` of `unix(7)`, which Glibc hides from Swift.
    private struct KernelCredentials {
        var processID: Int32 = 0
        var userID: UInt32 = .max
        var groupID: UInt32 = .max
    }

    /// `SO_PEERCRED` of `asm-generic/socket.h`.
    private static let peerCredentials = NIOBSDSocket.Option(rawValue: 17)

    /// Asks the kernel who is at the other end of an accepted connection of the unix socket.
    ///
    /// - Throws: NIO's errors, when the connection has ended.
    package static func local(_ channel: any Channel) async throws -> Caller {
        guard let socket = channel as? any SocketOptionProvider else { return .local(userID: .max) }
        let credentials: KernelCredentials = try await socket.unsafeGetSocketOption(
            level: .socket,
            name: peerCredentials
        ).get()
        return .local(userID: credentials.userID)
    }

    package static func remote(_ channel: any Channel) -> Caller {
        .remote(address: channel.remoteAddress?.ipAddress ?? "unknown")
    }

    /// Who speaks in a request with these headers: the address of `X-Forwarded-For`, which counts at the unix socket and from the daemon's
    /// own user alone. Such a request has a bearer's rights and never the user's own.
    package func speaker(_ headers: HTTPFields) -> Caller {
        guard case .local(let userID) = self, userID == geteuid(), let address = headers[Self.forwardedFor],
            (try? SocketAddress(ipAddress: address, port: 0)) != nil
        else { return self }
        return .forwarded(address: address)
    }

    private static let forwardedFor = HTTPField.Name("X-Forwarded-For") ?? .server

    /// The address of somebody who isn't on this host.
    var peerAddress: String? {
        switch self {
        case .local: nil
        case .remote(let address), .forwarded(let address): address
        }
    }

    /// What limits are counted by: a user of the host's, or an address.
    package var address: String {
        switch self {
        case .local(let userID): "user \(userID)"
        case .remote(let address), .forwarded(let address): address
        }
    }

    /// For logs.
    package var description: String { address }
}
