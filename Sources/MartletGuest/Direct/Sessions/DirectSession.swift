import MartletGuestProtocol
import SwiftProtobuf

/// One who has shown the guest who it is.
struct DirectSession: Sendable {
    enum Proof: String, Sendable {
        case password
        case key
    }

    let id: String
    let number: UInt32
    let user: GuestUser
    /// As they were at the sign-in; a login's don't change either.
    let groups: [UInt32]
    let proof: Proof
    let peer: String
    let openedInMicroseconds: Int64
    var programs: [UInt64: RunningProgram] = [:]
    /// Programs that are being started.
    var starting = 0
    /// When something last happened in it.
    var lastUse: ContinuousClock.Instant

    var isIdle: Bool { programs.isEmpty && starting == 0 }

    /// What is told of it; `id` only to the one who opened it.
    func message(withID: Bool) -> GuestSession {
        .with {
            if withID { $0.id = id }
            $0.user = user.name
            $0.userID = user.userID
            $0.openedInMicroseconds = openedInMicroseconds
            $0.peer = peer
            $0.programs = UInt32(programs.count)
            $0.number = number
            $0.home = user.home
        }
    }
}
