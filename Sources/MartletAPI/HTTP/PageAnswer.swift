package import HummingbirdCore

/// Answers a request that is not the API's, from somebody at an address: the seam at which a console is put before the API.
///
/// It stands behind the same limits of connections, heads and requests as the API.
package typealias PageAnswer = @concurrent @Sendable (_ request: Request, _ address: String) async throws -> Response
