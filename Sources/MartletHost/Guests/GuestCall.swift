import GRPCCore
import MartletGuestProtocol
import MartletModel

/// How the host calls a guest: with a time limit always, and with the guest's failures as ours.
enum GuestCall {
    /// For a call that takes no time in a guest that is well.
    static let shortly: Duration = .seconds(15)

    static func options(_ limit: Duration) -> CallOptions {
        var options = CallOptions.defaults
        options.timeout = limit
        return options
    }

    /// A call's failure as ours.
    static func failure(_ error: any Error, _ machine: String) -> MartletError {
        if let error = error as? MartletError { return error }
        guard let error = error as? RPCError else {
            return MartletError(.guestFailed, "the guest of '\(machine)' failed at this", cause: error)
        }
        switch error.code {
        case .deadlineExceeded: return MartletError(.timedOut, "the guest of '\(machine)' didn't answer in time")
        case .cancelled: return MartletError(.cancelled, "the call to the guest of '\(machine)' was cancelled")
        case .unimplemented:
            return MartletError(
                .unsupported,
                "the integration services in the guest of '\(machine)' are too old for this; update martlet-guest there"
            )
        case .unavailable:
            return MartletError(.unavailable, "the guest of '\(machine)' has ended the connection; try again")
        default:
            let said = GuestWord.cut(error.message, 500)
            return MartletError(codes[error.code] ?? .guestFailed, "the guest of '\(machine)' says: \(said)")
        }
    }

    /// What a guest's program refuses by, and what that is to our callers.
    private static let codes: [RPCError.Code: MartletError.Code] = [
        .invalidArgument: .invalidArgument, .notFound: .notFound, .alreadyExists: .alreadyExists,
        .permissionDenied: .forbidden, .unauthenticated: .unauthenticated, .failedPrecondition: .wrongState,
        .resourceExhausted: .tooMany,
    ]
}
