import CMartletLinux
import Glibc
package import MartletModel

/// Who is at the other end of a unix socket, as the kernel took it down when the connection was made.
package struct PeerCredentials: Hashable, Sendable {
    package var userID: UInt32
    package var groupID: UInt32
    /// For logs alone: the process may have ended since, and another may have its number.
    package var processID: Int32

    package init(userID: UInt32, groupID: UInt32, processID: Int32) {
        self.userID = userID
        self.groupID = groupID
        self.processID = processID
    }

    /// Asks the kernel about a connected socket.
    ///
    /// - Throws: `ioFailed` when the descriptor isn't a connected unix socket.
    package init(socket: Int32) throws(MartletError) {
        var peer = martlet_peer()
        if martlet_peer_credentials(socket, &peer) != 0 { throw .system(errno, "ask who is connected") }
        // The kernel answers with these for a socket of another family, and for one that was never connected.
        guard peer.pid > 0, peer.uid != UInt32.max else {
            throw MartletError(.ioFailed, "descriptor \(socket) is not a connected unix socket")
        }
        self.init(userID: peer.uid, groupID: peer.gid, processID: peer.pid)
    }
}
