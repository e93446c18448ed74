import FoundationEssentials
import MartletModel

extension HostClient {
    func get<Value: Decodable>(_ request: APIRequest) async throws -> Value {
        try await transport.answer(to: request).decode()
    }

    /// Sends `body` as JSON; nothing for nil.
    func send<Value: Decodable>(
        _ request: APIRequest,
        _ body: (any Encodable & Sendable)? = nil
    ) async throws -> Value {
        try await transport.answer(to: withBody(body, request)).decode()
    }

    func withBody(_ body: (any Encodable & Sendable)?, _ request: APIRequest) throws -> APIRequest {
        guard let body else { return request }
        var request = request
        request.body = APIRequest.Body(contentType: "application/json", bytes: Array(try JSONEncoder().encode(body)))
        return request
    }

    /// All items of a list that the host never cuts into pages.
    func whole<Item: Codable & Sendable>(_ request: APIRequest) async throws -> [Item] {
        let page: Page<Item> = try await get(request)
        return page.items
    }

    /// All items of a list, page by page.
    ///
    /// - Throws: `unknown` when the host's pages go round in a circle.
    func list<Item: Codable & Sendable>(_ request: APIRequest) async throws -> [Item] {
        var items: [Item] = []
        var after: String?
        repeat {
            let page: Page<Item> = try await get(request.page(after: after, limit: transport.limits.itemsPerPage))
            items += page.items
            if let next = page.next, next == after || page.items.isEmpty {
                throw MartletError(.unknown, "the host's list doesn't end: after '\(next)' comes the same again")
            }
            after = page.next
        } while after != nil
        return items
    }
}

extension APIRequest {
    fileprivate func page(after: String?, limit: Int) -> APIRequest {
        var request = self
        request.query.append(("limit", String(limit)))
        if let after { request.query.append(("after", after)) }
        return request
    }

    /// Asks the host to wait for up to `time` before it answers, in whole seconds.
    func waiting(_ time: Duration) -> APIRequest {
        var request = self
        let seconds = min(max(0, time.components.seconds), HostClient.longestWaitInSeconds)
        request.query.append(("waitInSeconds", String(seconds)))
        request.patience = .seconds(seconds)
        return request
    }
}

extension HostClient {
    /// What the host allows a single request to wait.
    package static let longestWaitInSeconds: Int64 = 60
}
