package import HTTPTypes
package import MartletModel

/// Which status a failure has on the wire, and its title.
package enum ProblemTable {
    /// The status of a code; 500 for those that no request of a client's can mend.
    package static func status(_ code: MartletError.Code) -> HTTPResponse.Status {
        switch code {
        case .invalidArgument: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .alreadyExists, .conflict, .wrongState, .inUse: .conflict
        case .preconditionFailed: .preconditionFailed
        case .tooLarge: .contentTooLarge
        case .unsupported, .contradictory: .unprocessableContent
        case .preconditionRequired: .preconditionRequired
        case .tooMany: .tooManyRequests
        case .insufficientMemory, .insufficientProcessors, .insufficientSpace:
            .init(code: 507, reasonPhrase: "Insufficient Storage")
        case .timedOut: .gatewayTimeout
        case .unavailable, .cancelled: .serviceUnavailable
        default: .internalServerError
        }
    }

    /// The same few words for every problem of a code.
    package static func title(_ code: MartletError.Code) -> String {
        switch code {
        case .invalidArgument: "The request is malformed"
        case .contradictory: "These don't go together"
        case .unauthenticated: "Sign in first"
        case .forbidden: "Not allowed for you"
        case .notFound: "There is no such thing"
        case .methodNotAllowed: "Not with this method"
        case .alreadyExists: "It exists already"
        case .conflict: "Somebody else was first"
        case .wrongState: "Not in this state"
        case .inUse: "It is in use"
        case .preconditionFailed: "It was changed meanwhile"
        case .preconditionRequired: "Say which revision you saw"
        case .tooLarge: "Too large"
        case .tooMany: "Too many"
        case .unsupported: "Not supported"
        case .insufficientMemory: "Not enough memory"
        case .insufficientProcessors: "Not enough processors"
        case .insufficientSpace: "Not enough space"
        case .timedOut: "It took too long"
        case .unavailable: "Not available now"
        case .cancelled: "Cancelled"
        default: "The host failed"
        }
    }
}

extension Problem {
    /// A failure as it goes on the wire; `status` where HTTP has a more exact one than the code's own.
    package init(_ error: MartletError, requestID: String, status: HTTPResponse.Status? = nil) {
        self.init(
            type: "urn:martlet:problem:\(error.code)",
            title: ProblemTable.title(error.code),
            status: (status ?? ProblemTable.status(error.code)).code,
            detail: "\(error)",
            code: "\(error.code)",
            details: error.details,
            requestID: requestID
        )
    }
}
