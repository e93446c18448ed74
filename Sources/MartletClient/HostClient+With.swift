import NIOCore
import NIOPosix

extension HostClient {
    /// Does `work` with a client of its own, on one thread of its own, and closes both on every way out.
    ///
    /// - Throws: `invalidArgument` for a root whose socket's path would be too long; whatever `work` throws.
    package static func with<Value>(
        _ address: HostAddress,
        bearer: String? = nil,
        limits: ClientLimits = ClientLimits(),
        _ work: (HostClient) async throws -> Value
    ) async throws -> Value {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<Value, any Error>
        do {
            let client = try HostClient(address, bearer: bearer, limits: limits, group: group)
            do { result = .success(try await work(client)) } catch { result = .failure(error) }
            await client.shutdown()
        } catch {
            result = .failure(error)
        }
        // A thread that doesn't end harms nobody; there is nothing to tell.
        try? await group.shutdownGracefully()
        return try result.get()
    }
}
