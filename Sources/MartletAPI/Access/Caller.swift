package import NIOCore

/// From where a request comes: what it can be signed in by.
package enum Caller: Sendable {
    /// A process of this host, by the unix socket.
    case local(userID: UInt32)
    /// Somebody at an address, by HTTPS.
    case remote(address: String)

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

    /// The address of somebody who isn't on this host.
    var peerAddress: String? {
        if case .remote(let address) = self { address } else { nil }
    }

    /// What limits are counted by: a user of the host's, or an address.
    package var address: String {
        switch self {
        case .local(let userID): "user \(userID)"
        case .remote(let address): address
        }
    }

    /// For logs.
    package var description: String { address }
}
