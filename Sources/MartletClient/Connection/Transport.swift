import AsyncHTTPClient
import MartletModel
import NIOCore
import NIOHTTP1

/// Carries requests to one host and brings back answers that are ours to read; the only place that knows the HTTP library.
final class Transport: Sendable {
    let address: HostAddress
    let limits: ClientLimits
    /// What `Authorization: Bearer` carries in the place of the address's own token; nil for that one.
    private let bearer: String?
    let group: any EventLoopGroup
    private let client: HTTPClient
    /// For answers that show signs of life; the library has no such limit for a single request.
    private let watchfulClient: HTTPClient

    /// - Throws: `invalidArgument` for a root whose socket's path would be too long.
    init(
        address: HostAddress, bearer: String?, limits: ClientLimits, group: any EventLoopGroup
    ) throws(MartletError) {
        if case .root(let root) = address, root.utf8.count > RootFolder.longestPath {
            throw MartletError(
                .invalidArgument,
                "the root '\(root)' has \(root.utf8.count) bytes; use a path of at most \(RootFolder.longestPath)"
            )
        }
        self.address = address
        self.limits = limits
        self.bearer = bearer
        self.group = group
        client = HTTPClient(
            eventLoopGroup: group,
            configuration: .martlet(for: address, limits: limits, silence: nil)
        )
        watchfulClient = HTTPClient(
            eventLoopGroup: group,
            configuration: .martlet(for: address, limits: limits, silence: limits.silence)
        )
    }

    /// Closes the connections. The transport is of no use afterwards.
    func shutdown() async {
        // What it could say is that a request was still under way, which its caller has been told.
        try? await client.shutdown()
        try? await watchfulClient.shutdown()
    }

    /// Sends `request` and reads the whole answer. Where the host says that there were too many requests and when to come again, it
    /// is sent again then: such a request wasn't looked at.
    ///
    /// - Throws: what the host answered with; `unavailable`, `forbidden`, `timedOut`, `tooLarge`, `unknown` for no useful answer.
    func answer(to request: APIRequest) async throws -> APIAnswer {
        for _ in 0..<limits.retries {
            do {
                return try await answerAtOnce(to: request)
            } catch let error as MartletError where error.code == .tooMany {
                guard let wait = error.retryAfter, wait <= limits.longestRetry else { throw error }
                try await Task.sleep(for: wait)
            }
        }
        return try await answerAtOnce(to: request)
    }

    private func answerAtOnce(to request: APIRequest) async throws -> APIAnswer {
        let wire = try wireRequest(request)
        let limit = limits.answer + request.patience
        return try await mappingErrors {
            try await withTimeLimit(limit, message: self.silenceMessage(limit)) {
                try await self.collect(try await self.client.execute(wire, timeout: TimeAmount(limit * 2)))
            }
        }
    }

    /// Sends `request` and returns as soon as the host began to answer.
    ///
    /// With `showsSignsOfLife` a pause of more than `ClientLimits.silence` ends the answer with `timedOut`.
    /// - Throws: as `answer(to:)`.
    func stream(_ request: APIRequest, showsSignsOfLife: Bool) async throws -> HTTPClientResponse.Body {
        let wire = try wireRequest(request)
        let limit = limits.answer
        let client = showsSignsOfLife ? watchfulClient : client
        let response = try await mappingErrors {
            try await withTimeLimit(limit, message: self.silenceMessage(limit)) {
                let response = try await client.execute(wire, timeout: TimeAmount(limit * 2))
                // A refusal is read whole, and thrown.
                if !(200..<300).contains(response.status.code) { _ = try await self.collect(response) }
                return response
            }
        }
        return response.body
    }

    /// Turns what the HTTP library and the kernel throw into our errors.
    func mappingErrors<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            throw TransportFailure(address: address).error(for: error)
        }
    }

    private func collect(_ response: HTTPClientResponse) async throws -> APIAnswer {
        let buffer = try await response.body.collect(upTo: limits.answerInBytes)
        let answer = APIAnswer(
            status: Int(response.status.code),
            etag: response.headers.first(name: "ETag"),
            body: Array(buffer.readableBytesView)
        )
        try answer.throwIfRefused(by: address)
        return answer
    }

    private func wireRequest(_ request: APIRequest) throws -> HTTPClientRequest {
        var wire = HTTPClientRequest(url: try baseURL + request.target())
        wire.method = HTTPMethod(rawValue: request.operation.method)
        wire.headers.add(name: "User-Agent", value: "martlet/\(martletVersion)")
        wire.headers.add(contentsOf: addressHeaders)
        for header in request.headers { wire.headers.add(name: header.name, value: header.value) }
        if let body = request.body {
            wire.headers.add(name: "Content-Type", value: body.contentType)
            wire.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        return wire
    }

    private var baseURL: String {
        switch address {
        case .root(let root): "http+unix://\(PercentEncoding.encode(HostAddress.socketPath(root: root)))"
        case .remote(let remote): remote.url
        }
    }

    var addressHeaders: HTTPHeaders {
        switch address {
        // HTTP/1.1 wants a host, and a socket has none.
        case .root: authorization(bearer, beside: ["Host": "localhost"])
        case .remote(let remote): authorization(bearer ?? remote.token, beside: [:])
        }
    }

    private func authorization(_ token: String?, beside headers: HTTPHeaders) -> HTTPHeaders {
        var headers = headers
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        return headers
    }

    func silenceMessage(_ limit: Duration) -> String {
        "the host at \(address) didn't answer within \(limit.formattedSeconds); see whether martletd is stuck (its log says)"
    }
}

extension Duration {
    /// Such as `30 s` or `0.5 s`.
    fileprivate var formattedSeconds: String {
        let (seconds, attoseconds) = components
        let tenths = attoseconds / 100_000_000_000_000_000
        return tenths == 0 ? "\(seconds) s" : "\(seconds).\(tenths) s"
    }
}
