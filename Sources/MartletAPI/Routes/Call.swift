package import MartletHost
package import MartletModel

/// A request that was let in: who makes it, with what.
package struct Call: Sendable {
    package let surface: Surface
    package let principal: Principal
    package let caller: Caller
    /// The secret that it is signed in by; nil for an account at the socket.
    package let bearer: String?
    package let parameters: Parameters
    /// The request's body; nil when there is none.
    package let body: [UInt8]?
    package let audit: AuditDetail
    package let requestID: String

    package var host: MartletHostServices { surface.host }

    /// The body, which the route's schema let pass.
    ///
    /// - Throws: `invalidArgument`, naming the place that can't be decoded, or when there is no body.
    package func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(MartletError) -> Value {
        guard let body else { throw MartletError(.invalidArgument, "the body is missing; send JSON") }
        return try WireJSON.decode(type, from: body)
    }

    /// The body, or `standard` when there is none.
    ///
    /// - Throws: as `decode`.
    package func decode<Value: Decodable>(or standard: Value) throws(MartletError) -> Value {
        body == nil ? standard : try decode()
    }
}
