package import MartletModel
import NIOCore
import NIOPosix

/// A client of one host's API, with a method for every route.
///
/// Every method throws what the host answered with, as its `MartletError` with code and details, and of its own: `unavailable`
/// when the host can't be reached, `forbidden` when the socket may not be opened, `timedOut` when it doesn't answer, `unknown`
/// when what it answers can't be read, `tooLarge` when there is too much of it. Nothing is tried twice, but for what
/// the host refused unseen because there were too many requests.
package struct HostClient: Sendable {
    let transport: Transport
    /// Of all clients of this process, made with the first. It isn't ended: nobody would wait for that but a program that is done.
    private static let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Connects when it is first asked for something. `shutdown` must be called before it goes.
    ///
    /// - Parameter bearer: a session or a token to be let in by, in the place of the address's own and of the account at a socket.
    /// - Parameter forwardedFor: the address of who asks, where this is a program of the host that asks for somebody else; the host believes
    ///   it at its socket from its own user, and then gives that user's rights to nobody.
    /// - Throws: `invalidArgument` for a root whose socket's path would be too long.
    package init(
        _ address: HostAddress,
        bearer: String? = nil,
        forwardedFor: String? = nil,
        limits: ClientLimits = ClientLimits()
    ) throws(MartletError) {
        transport = try Transport(
            address: address, bearer: bearer, forwardedFor: forwardedFor, limits: limits, group: Self.thread)
    }

    /// Where it connects to.
    package var address: HostAddress { transport.address }

    /// Closes its connections; requests that are under way fail.
    package func shutdown() async { await transport.shutdown() }
}
