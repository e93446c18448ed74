import Glibc
package import MartletClient
import MartletModel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A server that speaks HTTP over a root folder's socket or over TLS, answers as the test says, and records what it was asked.
package final class FakeHost: Sendable {
    package typealias Answer = @Sendable (FakeRequest) async throws -> FakeAnswer

    /// The folder whose `run/api.sock` it listens on.
    package let root: String
    /// Where it listens over TLS; nil when it listens on the socket.
    package let url: String?
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let journal: Journal

    /// Does `work` with a host on a socket, and takes all of it away afterwards.
    package static func with<Value>(
        _ answer: @escaping Answer,
        _ work: (FakeHost) async throws -> Value
    ) async throws -> Value {
        try await with(tls: nil, answer, work)
    }

    /// Does `work` with a host on `https://127.0.0.1`, with the certificate and key (PEM) in these files.
    package static func withTLS<Value>(
        certificate: String,
        key: String,
        _ answer: @escaping Answer,
        _ work: (FakeHost) async throws -> Value
    ) async throws -> Value {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        )
        tls.applicationProtocols = ["h2", "http/1.1"]
        return try await with(tls: NIOSSLContext(configuration: tls), answer, work)
    }

    private static func with<Value>(
        tls: NIOSSLContext?,
        _ answer: @escaping Answer,
        _ work: (FakeHost) async throws -> Value
    ) async throws -> Value {
        let host = try await FakeHost(tls: tls, answer)
        let result: Result<Value, any Error>
        do { result = .success(try await work(host)) } catch { result = .failure(error) }
        await host.stop()
        return try result.get()
    }

    private init(tls: NIOSSLContext?, _ answer: @escaping Answer) async throws {
        var template = Array("/tmp/mlt-fake-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw MartletError(.ioFailed, "mkdtemp failed") }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        mkdir("\(root)/run", 0o755)
        let journal = Journal()
        self.journal = journal
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                try pipeline.addHandler(FakeConnection(journal: journal, answer: answer))
            }
        }
        if tls == nil {
            channel = try await bootstrap.bind(unixDomainSocketPath: "\(root)/run/api.sock").get()
            url = nil
        } else {
            channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            url = "https://127.0.0.1:\(channel.localAddress?.port ?? 0)"
        }
    }

    private func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
        unlink("\(root)/run/api.sock")
        rmdir("\(root)/run")
        rmdir(root)
    }

    /// What it was asked so far, in order.
    package var requests: [FakeRequest] { journal.requests.withLock { $0 } }

    /// The routes that it was asked so far, in order.
    package var asked: [OperationID] { requests.compactMap(\.operation) }

    /// How many connections ended.
    package var closedConnections: Int { journal.closed.withLock { $0 } }
}

final class Journal: Sendable {
    let requests = Mutex<[FakeRequest]>([])
    let closed = Mutex(0)
}
