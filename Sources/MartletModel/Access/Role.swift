/// What somebody may do; each role may do all that the ones before it may.
package enum Role: String, Sendable, Codable, CaseIterable, Comparable {
    /// Look at everything except secrets.
    case viewer
    /// Start, stop, and use machines.
    case `operator`
    /// Everything, the host's own files included.
    case administrator

    package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .administrator: 2
        }
    }
}
