package import MartletModel

/// What `martlet` ends with; scripts go by it, so a number never changes its meaning.
package enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    case failed = 1
    case usage = 2
    case notFound = 3
    case refused = 4
    case timedOut = 5
    case unreachable = 6
    case notAllowed = 7
    /// By Ctrl-C, as shells have it.
    case interrupted = 130

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
        }
    }

    /// A line for each, as it stands in the help.
    static var listing: String {
        allCases.map { status in
            let number = String(status.rawValue)
            return String(repeating: " ", count: 5 - number.count) + number + "  " + status.meaning
        }.joined(separator: "\n")
    }
}
