package import MartletModel

extension HostClient {
    /// What a machine used over a span.
    package func getMachineSamples(_ machine: String, _ span: SampleSpan) async throws -> UsageHistory {
        var request = APIRequest(.getMachineSamples, machine)
        request.query.append(("span", span.rawValue))
        return try await get(request)
    }

    /// What the host used over a span.
    package func getHostSamples(_ span: SampleSpan) async throws -> UsageHistory {
        var request = APIRequest(.getHostSamples)
        request.query.append(("span", span.rawValue))
        return try await get(request)
    }
}
