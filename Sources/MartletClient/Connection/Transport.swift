import AsyncHTTPClient
import MartletModel
import NIOCore
import NIOHTTP1

/// Carries requests to one host and brings back answers that are ours to read.
///
/// A question to a host on this machine goes over a plain connection to its socket (`LocalConnections`); what goes to another machine,
/// and streams, through the HTTP library.
final class Transport: Sendable {
    let address: HostAddress
    let limits: ClientLimits
    /// What `Authorization: Bearer` carries in the place of the address's own token; nil for that one.
    private let bearer: String?
    /// The address that `X-Forwarded-For` carries; nil for none.
    private let forwardedFor: String?
    let group: any EventLoopGroup
    /// nil for another machine.
    private let local: LocalConnections?
    private let library: HTTPLibrary

    /// - Throws: `invalidArgument` for a root whose socket's path would be too long.
    init(
        address: HostAddress, bearer: String?, forwardedFor: String? = nil, limits: ClientLimits,
        group: any EventLoopGroup
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
        self.forwardedFor = forwardedFor
        self.group = group
        local =
            switch address {
            case .root(let root):
                LocalConnections(path: HostAddress.socketPath(root: root), patience: limits.connect, group: group)
            case .remote: nil
            }
        library = HTTPLibrary(address: address, limits: limits, group: group)
    }

    /// Closes the connections. The transport is of no use afterwards.
    func shutdown() async {
        local?.close()
        await library.shutdown()
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
        let limit = limits.answer + request.patience
        let target = try request.target()
        return try await mappingErrors {
            try await withTimeLimit(limit, message: self.silenceMessage(limit)) {
                let answer =
                    if let local = self.local {
                        try await local.answer(
                            to: self.head(request, target), body: request.body?.bytes,
                            limitInBytes: self.limits.answerInBytes)
                    } else {
                        try await self.collect(
                            try await self.library.clients.usual.execute(
                                self.wireRequest(request, target), timeout: TimeAmount(limit * 2)))
                    }
                try answer.throwIfRefused(by: self.address)
                return answer
            }
        }
    }

    /// Sends `request` and returns as soon as the host began to answer.
    ///
    /// With `showsSignsOfLife` a pause of more than `ClientLimits.silence` ends the answer with `timedOut`.
    /// - Throws: as `answer(to:)`.
    func stream(_ request: APIRequest, showsSignsOfLife: Bool) async throws -> HTTPClientResponse.Body {
        let wire = wireRequest(request, try request.target())
        let limit = limits.answer
        let client = showsSignsOfLife ? library.clients.watchful : library.clients.usual
        let response = try await mappingErrors {
            try await withTimeLimit(limit, message: self.silenceMessage(limit)) {
                let response = try await client.execute(wire, timeout: TimeAmount(limit * 2))
                // A refusal is read whole, and thrown.
                if !(200..<300).contains(response.status.code) {
                    try await self.collect(response).throwIfRefused(by: self.address)
                }
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
        return APIAnswer(
            status: Int(response.status.code),
            etag: response.headers.first(name: "ETag"),
            body: Array(buffer.readableBytesView)
        )
    }

    /// A request as it goes over the socket.
    private func head(_ request: APIRequest, _ target: String) -> HTTPRequestHead {
        var headers = headers(request)
        if request.body != nil || request.operation.method != "GET" {
            headers.add(name: "Content-Length", value: "\(request.body?.bytes.count ?? 0)")
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.operation.method), uri: target, headers: headers)
    }

    private func wireRequest(_ request: APIRequest, _ target: String) -> HTTPClientRequest {
        var wire = HTTPClientRequest(url: baseURL + target)
        wire.method = HTTPMethod(rawValue: request.operation.method)
        wire.headers = headers(request)
        if let body = request.body { wire.body = .bytes(ByteBuffer(bytes: body.bytes)) }
        return wire
    }

    private func headers(_ request: APIRequest) -> HTTPHeaders {
        var headers = addressHeaders
        headers.add(name: "User-Agent", value: "martlet/\(martletVersion)")
        for header in request.headers { headers.add(name: header.name, value: header.value) }
        if let body = request.body { headers.add(name: "Content-Type", value: body.contentType) }
        return headers
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
        if let forwardedFor { headers.add(name: "X-Forwarded-For", value: forwardedFor) }
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
