/// A failure as it is stored and sent: the code, the chain's text and the details of a `MartletError`.
package struct Failure: Hashable, Sendable, Codable {
    package var code: String
    package var message: String
    package var details: [MartletError.Detail]

    package init(code: String, message: String, details: [MartletError.Detail] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    /// What an error says for itself; an error that isn't ours is `internal`.
    package init(_ error: any Error) {
        switch error {
        case let error as MartletError:
            self.init(code: "\(error.code)", message: "\(error)", details: error.details)
        case is CancellationError:
            self.init(code: "\(MartletError.Code.cancelled)", message: "cancelled")
        default:
            self.init(code: "\(MartletError.Code.internal)", message: "\(error)")
        }
    }

    /// The error that this was made from, as far as it travelled.
    package var error: MartletError {
        MartletError(MartletError.Code(wire: code), message, details: details)
    }
}
