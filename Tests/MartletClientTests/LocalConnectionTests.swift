import MartletClient
import MartletFakeHost
import MartletModel
import MartletTestSupport
import Testing

@Suite("Connections to a host on this machine")
struct LocalConnectionTests {
    @Test("what is asked one after the other goes over one connection, which is closed at the end")
    func kept() async throws {
        try await FakeHost.with { _ in
            try .json(Sample.host)
        } _: { host in
            try await HostClient.with(.root(host.root)) { client in
                for _ in 0..<5 { _ = try await client.getHost() }
                #expect(host.closedConnections == 0)
            }
            try await closes(1, host)
            #expect(host.requests.count == 5)
            #expect(host.closedConnections == 1)
        }
    }

    @Test("what is asked at once goes over as many, and none is mistaken for another's answer")
    func atOnce() async throws {
        try await withClient { request in
            .whole(status: 404, headers: [], body: try problem(request.path))
        } _: { client, host in
            let names = (0..<20).map { "vm\($0)" }
            let answered = await withTaskGroup(of: Bool.self) { group in
                for name in names {
                    group.addTask {
                        do { _ = try await client.getMachine(name) } catch let error as MartletError {
                            return error.message.hasSuffix("/\(name)")
                        } catch {}
                        return false
                    }
                }
                return await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(answered == [Bool](repeating: true, count: names.count))
            #expect(host.requests.count == names.count)
        }
    }

    @Test("an answer that says so is the last on its connection")
    func last() async throws {
        let body = "{\"items\":[]}"
        let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        try await withClient { _ in
            .raw(Array(answer.utf8), closes: false)
        } _: { client, host in
            for asked in 1...3 {
                _ = try await client.listDisks()
                try await closes(asked, host)
            }
        }
    }

    @Test("what comes though nothing was asked ends the connection, and the next question goes over another")
    func unasked() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"items\":[]}"
        try await withClient { _ in
            .raw(Array((answer + answer).utf8), closes: false)
        } _: { client, host in
            for asked in 1...3 {
                _ = try await client.listDisks()
                try await closes(asked, host)
            }
        }
    }

    /// Waits until so many connections have ended.
    private func closes(_ count: Int, _ host: FakeHost) async throws {
        _ = try await eventually("\(count) connections have ended") {
            host.closedConnections
        } until: {
            $0 >= count
        }
    }

    private func problem(_ path: String) throws -> [UInt8] {
        guard case .whole(_, _, let body) = try FakeAnswer.problem(404, "notFound", path) else { return [] }
        return body
    }
}
