import GRPCCore
import MartletModel

extension RPCError {
    /// A failure as the call's.
    init(_ error: MartletError) {
        let code: RPCError.Code =
            switch error.code {
            case .invalidArgument, .contradictory, .tooLarge: .invalidArgument
            case .notFound: .notFound
            case .alreadyExists: .alreadyExists
            case .forbidden: .permissionDenied
            case .unauthenticated: .unauthenticated
            case .wrongState, .inUse: .failedPrecondition
            case .tooMany, .insufficientSpace, .insufficientMemory: .resourceExhausted
            case .timedOut: .deadlineExceeded
            case .cancelled: .cancelled
            case .unsupported: .unimplemented
            default: .internalError
            }
        self.init(code: code, message: "\(error)")
    }

    /// Does something and throws its failure as the call's.
    static func mapping<Result>(
        _ body: () async throws(MartletError) -> Result
    ) async throws(RPCError) -> Result {
        do {
            return try await body()
        } catch {
            throw RPCError(error)
        }
    }
}
