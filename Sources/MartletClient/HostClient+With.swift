extension HostClient {
    /// Does `work` with a client of its own, and closes its connections on every way out.
    ///
    /// - Throws: `invalidArgument` for a root whose socket's path would be too long; whatever `work` throws.
    package static func with<Value>(
        _ address: HostAddress,
        bearer: String? = nil,
        limits: ClientLimits = ClientLimits(),
        _ work: (HostClient) async throws -> Value
    ) async throws -> Value {
        let client = try HostClient(address, bearer: bearer, limits: limits)
        let result: Result<Value, any Error>
        do { result = .success(try await work(client)) } catch { result = .failure(error) }
        await client.shutdown()
        return try result.get()
    }
}
