import MartletClient
import MartletFakeHost
import MartletModel
import Testing

/// Does `work` with a client of a fake host that answers like this.
func withClient<Value>(
    limits: ClientLimits = ClientLimits(),
    _ answer: @escaping FakeHost.Answer,
    _ work: (HostClient, FakeHost) async throws -> Value
) async throws -> Value {
    try await FakeHost.with(answer) { host in
        try await HostClient.with(.root(host.root), limits: limits) { try await work($0, host) }
    }
}

/// The error that `work` throws, which must be ours.
func failure<Value>(
    _ work: () async throws -> Value, location: SourceLocation = #_sourceLocation
) async throws -> MartletError {
    do {
        _ = try await work()
    } catch let error as MartletError {
        return error
    }
    Issue.record("nothing was thrown", sourceLocation: location)
    throw MartletError(.internal, "nothing was thrown")
}
