package import MartletModel

extension HostClient {
    /// The OpenAPI document, as the host sent it.
    package func getDocument() async throws -> [UInt8] {
        try await transport.answer(to: APIRequest(.getDocument)).body
    }

    /// What Prometheus is told, in its text format, as the host sent it.
    package func getMetrics() async throws -> [UInt8] {
        try await transport.answer(to: APIRequest(.getMetrics)).body
    }

    /// What the host is and how it does.
    package func getHost() async throws -> Host { try await get(APIRequest(.getHost)) }

    /// What the host needs, and whether it has it.
    package func listHostChecks() async throws -> [HostCheck] { try await whole(APIRequest(.listHostChecks)) }

    /// Begins to stop every machine as its automatic stop action says; `timeout` is how long guests have, 120 seconds when nil.
    package func stopMachines(timeout: Duration? = nil) async throws -> Operation {
        let seconds = timeout.map { Int($0.components.seconds) }
        return try await send(APIRequest(.stopMachines), StopMachinesRequest(timeoutInSeconds: seconds))
    }

    /// What changes from now on, or what changed since event `sequence` as well; returns when the host began to answer.
    package func followEvents(after sequence: Int64? = nil) async throws -> HostEvents {
        var request = APIRequest(.followEvents)
        if let sequence { request.headers.append(("Last-Event-ID", String(sequence))) }
        return HostEvents(body: try await transport.stream(request, showsSignsOfLife: true), transport: transport)
    }
}
