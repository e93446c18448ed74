package import MartletModel

/// What `martlet` ends with; scripts go by it, so a number never changes its meaning.
package struct ExitStatus: Hashable, Sendable, RawRepresentable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let success = ExitStatus(rawValue: 0)
    package static let failed = ExitStatus(rawValue: 1)
    package static let usage = ExitStatus(rawValue: 2)
    package static let notFound = ExitStatus(rawValue: 3)
    package static let refused = ExitStatus(rawValue: 4)
    package static let timedOut = ExitStatus(rawValue: 5)
    package static let unreachable = ExitStatus(rawValue: 6)
    package static let notAllowed = ExitStatus(rawValue: 7)
    /// By Ctrl-C, as shells have it.
    package static let interrupted = ExitStatus(rawValue: 130)
    /// Where what ran in a guest gives the code, this is ours, as `ssh` has it.
    package static let ownFailure = ExitStatus(rawValue: 255)

    /// Those of every verb; what runs in a guest ends in a code of its own.
    package static let all = [
        success, failed, usage, notFound, refused, timedOut, unreachable, notAllowed, interrupted,
    ]

    /// What an error with this code ends in.
    package init(_ code: MartletError.Code) {
        self =
            switch code {
            case .invalidArgument, .contradictory: .usage
            case .notFound: .notFound
            case .wrongState, .conflict, .alreadyExists, .inUse, .preconditionFailed, .preconditionRequired: .refused
            case .timedOut: .timedOut
            case .unavailable: .unreachable
            case .unauthenticated, .forbidden: .notAllowed
            default: .failed
            }
    }

    /// For the help and the documentation, in a few words.
    package var meaning: String {
        switch self {
        case .success: "done"
        case .failed: "failed"
        case .usage: "the command line or a value in it is wrong"
        case .notFound: "there is no such thing"
        case .refused: "refused: in the wrong state, changed meanwhile, in use, or there already"
        case .timedOut: "took too long"
        case .unreachable: "the host can't be reached"
        case .notAllowed: "not allowed"
        case .interrupted: "interrupted by Ctrl-C; the host's work goes on"
        default: "the code of what ran in a guest"
        }
    }

    /// A line for each, as it stands in the help.
    static var listing: String {
        all.map { status in
            let number = String(status.rawValue)
            return String(repeating: " ", count: 5 - number.count) + number + "  " + status.meaning
        }.joined(separator: "\n")
    }
}
