package import MartletModel

extension HostClient {
    /// Begins a session with a user and a password of the host's.
    package func signIn(_ body: SignInRequest) async throws -> SignedIn {
        try await send(APIRequest(.signIn), body)
    }

    /// Ends the session that this client is signed in by.
    package func signOut() async throws {
        _ = try await transport.answer(to: APIRequest(.signOut))
    }

    /// Who this client is to the host.
    package func getIdentity() async throws -> Identity { try await get(APIRequest(.getIdentity)) }

    /// Who did what, the newest first, at most `limit` of them.
    package func listAudit(_ filter: AuditFilter, limit: Int) async throws -> [AuditEntry] {
        var entries: [AuditEntry] = []
        var after: String?
        repeat {
            var request = APIRequest(.listAudit)
            if let since = filter.since { request.query.append(("since", "\(since)")) }
            if let user = filter.user { request.query.append(("user", user)) }
            if let subject = filter.subject { request.query.append(("subject", subject)) }
            request.query.append(("limit", "\(min(limit - entries.count, transport.limits.itemsPerPage))"))
            if let after { request.query.append(("after", after)) }
            let page: Page<AuditEntry> = try await get(request)
            entries += page.items
            after = page.items.isEmpty ? nil : page.next
        } while after != nil && entries.count < limit
        return entries
    }
}
