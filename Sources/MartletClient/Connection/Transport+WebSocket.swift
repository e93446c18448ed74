import FoundationEssentials
import MartletModel
import MartletWebSocket
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

extension Transport {
    /// What came of asking for a web socket.
    private enum Answered: Sendable {
        case webSocket(NIOAsyncChannel<WebSocketEvent, WebSocketOutput>)
        case other(NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>)
    }

    /// Does `work` with a web socket, and closes it on every way out. Where the host says that there were too many requests and when
    /// to come again, it is asked again then.
    ///
    /// - Throws: what the host answered with instead; as `answer(to:)`; whatever `work` throws.
    func webSocket<Value: Sendable>(
        _ request: APIRequest, _ work: (WebSocketConnection) async throws -> Value
    ) async throws -> Value {
        var retries = limits.retries
        while true {
            let channel: NIOAsyncChannel<WebSocketEvent, WebSocketOutput>
            do {
                channel = try await mappingErrors { try await self.webSocket(request) }
            } catch let error as MartletError where error.code == .tooMany && retries > 0 {
                guard let wait = error.retryAfter, wait <= limits.longestRetry else { throw error }
                retries -= 1
                try await Task.sleep(for: wait)
                continue
            }
            return try await channel.executeThenClose { inbound, outbound in
                let connection = WebSocketConnection(inbound: inbound, outbound: outbound, address: address)
                let result: Result<Value, any Error>
                do { result = .success(try await work(connection)) } catch { result = .failure(error) }
                await connection.close()
                return try result.get()
            }
        }
    }

    private func webSocket(_ request: APIRequest) async throws -> NIOAsyncChannel<WebSocketEvent, WebSocketOutput> {
        let refusal = Mutex<(any Error)?>(nil)
        let limit = limits.answer
        do {
            let channel = try await connect(request) { error in refusal.withLock { $0 = error } }
            let answered = try await withTimeLimit(limit, message: self.silenceMessage(limit)) {
                try await withTaskCancellationHandler {
                    try await channel.answered.get()
                } onCancel: {
                    channel.channel.close(promise: nil)
                }
            }
            switch answered {
            case .webSocket(let webSocket): return webSocket
            case .other(let channel): throw try await refused(channel)
            }
        } catch {
            throw refusal.withLock { $0 } ?? error
        }
    }

    private struct Asked: Sendable {
        var channel: any Channel
        var answered: EventLoopFuture<Answered>
    }

    private func connect(
        _ request: APIRequest, refuse: @escaping @Sendable (any Error) -> Void
    ) async throws -> Asked {
        let head = try upgradeHead(request)
        let limits = WebSocketLimits()
        let bootstrap = ClientBootstrap(group: group).connectTimeout(TimeAmount(self.limits.connect))
        switch address {
        case .root(let root):
            return try await bootstrap.connect(unixDomainSocketPath: HostAddress.socketPath(root: root)) {
                Self.ask(head, limits, $0)
            }
        case .remote(let remote):
            let (host, port) = try remote.endpoint()
            let tls = try NIOSSLContext(configuration: .pinned)
            return try await bootstrap.connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(context: tls, serverHostname: remote.serverName) {
                        chain, verdict in
                        do {
                            try remote.verify(chain.first)
                            verdict.succeed(.certificateVerified)
                        } catch {
                            refuse(error)
                            verdict.succeed(.failed)
                        }
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }.flatMap { Self.ask(head, limits, channel) }
            }
        }
    }

    private func upgradeHead(_ request: APIRequest) throws -> HTTPRequestHead {
        var headers = addressHeaders
        headers.add(name: "User-Agent", value: "martlet/\(martletVersion)")
        if case .remote(let remote) = address {
            headers.add(name: "Host", value: String(remote.url.dropFirst("https://".count)))
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.operation.method), uri: try request.target(),
            headers: headers)
    }

    private static func ask(
        _ head: HTTPRequestHead, _ limits: WebSocketLimits, _ channel: any Channel
    ) -> EventLoopFuture<Asked> {
        channel.eventLoop.makeCompletedFuture {
            let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Answered>(
                upgradeRequestHead: head, upgraders: [Upgrader(key: WebSocketHandshake.makeKey(), limits: limits)]
            ) { channel in
                channel.eventLoop.makeCompletedFuture {
                    .other(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            }
            var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
            // The first messages may come with the answer.
            pipeline.leftOverBytesStrategy = .forwardBytes
            let answered = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                configuration: pipeline)
            return Asked(channel: channel, answered: answered)
        }
    }

    /// Reads an answer that isn't the one that was asked for.
    private func refused(
        _ channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
    ) async throws -> any Error {
        let limits = limits
        let answer = try await withTimeLimit(limits.answer, message: self.silenceMessage(limits.answer)) {
            try await channel.executeThenClose { inbound, _ in
                var answer = APIAnswer(status: 0, etag: nil, body: [])
                for try await part in inbound {
                    switch part {
                    case .head(let head): answer.status = Int(head.status.code)
                    case .body(let bytes):
                        answer.body += Array(bytes.readableBytesView)
                        if answer.body.count > limits.answerInBytes {
                            throw NIOTooManyBytesError(maxBytes: limits.answerInBytes)
                        }
                    case .end: return answer
                    }
                }
                return answer
            }
        }
        do { try answer.throwIfRefused(by: address) } catch { return error }
        return MartletError(
            .unknown, "\(address) doesn't speak web sockets here; look whether the versions fit together")
    }

    /// Makes the channel a web socket when the host agrees as it should.
    private struct Upgrader: NIOTypedHTTPClientProtocolUpgrader {
        let supportedProtocol = "websocket"
        let requiredUpgradeHeaders: [String] = []
        let key: String
        let limits: WebSocketLimits

        func addCustom(upgradeRequestHeaders headers: inout HTTPHeaders) {
            headers.add(name: "Sec-WebSocket-Key", value: key)
            headers.add(name: "Sec-WebSocket-Version", value: WebSocketHandshake.version)
        }

        func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool {
            upgradeResponse.headers.first(name: "Sec-WebSocket-Accept") == WebSocketHandshake.accept(key)
        }

        func upgrade(channel: any Channel, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<Answered> {
            channel.eventLoop.makeCompletedFuture {
                try WebSocketHandler.add(to: channel.pipeline.syncOperations, isServer: false, limits: limits)
                return .webSocket(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
            }
        }
    }
}

extension TLSConfiguration {
    /// What is verified is the certificate itself, which is pinned; no authority and no name.
    fileprivate static var pinned: TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .noHostnameVerification
        tls.applicationProtocols = ["http/1.1"]
        return tls
    }
}

extension HostAddress.Remote {
    /// Where to connect to.
    ///
    /// - Throws: `invalidArgument` for an address that has no host.
    fileprivate func endpoint() throws(MartletError) -> (host: String, port: Int) {
        guard let parsed = URL(string: url), let host = parsed.host, !host.isEmpty else {
            throw MartletError(
                .invalidArgument, "'\(url)' is not an address; give one like https://192.0.2.1:7443")
        }
        return (host, parsed.port ?? 443)
    }

    /// The host's name for TLS; nil for an address, which has none there.
    fileprivate var serverName: String? {
        guard let host = try? endpoint().host, (try? SocketAddress(ipAddress: host, port: 0)) == nil else { return nil }
        return host
    }
}
