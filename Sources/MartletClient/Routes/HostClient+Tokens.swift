package import MartletModel

extension HostClient {
    /// All API tokens, without their secrets.
    package func listTokens() async throws -> [Token] { try await whole(APIRequest(.listTokens)) }

    /// Makes a token; its secret is shown this once.
    package func createToken(_ body: CreateTokenRequest) async throws -> CreatedToken {
        try await send(APIRequest(.createToken), body)
    }

    /// Deletes the token of this name or id: whoever uses it is refused from now on.
    package func deleteToken(_ token: String) async throws {
        _ = try await transport.answer(to: APIRequest(.deleteToken, token))
    }
}
