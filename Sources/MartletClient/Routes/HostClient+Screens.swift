package import MartletModel

extension HostClient {
    /// Does `work` with a machine's screen: RFB both ways, until `work` ends.
    package func attachScreen<Value: Sendable>(
        _ machine: String, _ work: (WebSocketConnection) async throws -> Value
    ) async throws -> Value {
        try await transport.webSocket(APIRequest(.attachScreen, machine), work)
    }

    /// Does `work` with a machine's serial console, both ways, until `work` ends; the last `historyInBytes` come first.
    package func attachConsole<Value: Sendable>(
        _ machine: String, historyInBytes: Int, _ work: (WebSocketConnection) async throws -> Value
    ) async throws -> Value {
        var request = APIRequest(.attachConsole, machine)
        request.query.append(("historyInBytes", String(historyInBytes)))
        return try await transport.webSocket(request, work)
    }

    /// A ticket that opens one web socket to a machine's screen or console, once, within 30 seconds.
    package func createTicket(_ machine: String, for purpose: TicketPurpose) async throws -> CreatedTicket {
        try await send(APIRequest(.createTicket, machine), CreateTicketRequest(purpose: purpose))
    }
}
