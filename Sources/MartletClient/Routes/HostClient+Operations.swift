package import MartletModel

extension HostClient {
    /// All operations that the host remembers, newest first; those in this state where one is given.
    package func listOperations(state: Operation.State? = nil) async throws -> [Operation] {
        var request = APIRequest(.listOperations)
        if let state { request.query.append(("state", state.rawValue)) }
        return try await list(request)
    }

    /// The newest of them, at most `count`.
    package func listOperations(newest count: Int) async throws -> [Operation] {
        var request = APIRequest(.listOperations)
        request.query.append(("limit", "\(count)"))
        return try await whole(request)
    }

    /// The operation as soon as it has ended, or as it is when `time` is over (at most a minute).
    package func getOperation(_ id: String, waiting time: Duration = .zero) async throws -> Operation {
        let request = APIRequest(.getOperation, id)
        return try await get(time > .zero ? request.waiting(time) : request)
    }

    /// Asks that an operation be given up and what it did be undone; returns at once.
    package func cancelOperation(_ id: String) async throws -> Operation {
        try await send(APIRequest(.cancelOperation, id))
    }
}
