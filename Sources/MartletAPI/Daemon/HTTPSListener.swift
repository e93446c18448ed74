import HummingbirdCore
import HummingbirdTLS
import Logging
import MartletHost
import MartletLinux
import MartletModel
import NIOCore
import NIOSSL
import ServiceLifecycle

/// Serves the API over HTTPS.
struct HTTPSListener: Service, CustomStringConvertible {
    var server: APIServer
    /// An address that was asked for, which has to be free; nil for 127.0.0.1 and a port that is.
    var listen: ListenAddress?
    /// For the URL when it listens at every address.
    var hostName: String
    var memory: PortMemory
    /// Set with the API's URL as soon as it answers.
    let url: OnceValue<String>
    /// Asked once, when the URL is known.
    let responder: OnceValue<APIResponder>

    var description: String { "HTTPS" }

    /// - Throws: `inUse` when the address that was asked for is taken; `ioFailed` when it can't be listened at.
    func run() async throws {
        let addresses = listen.map { [$0] } ?? memory.candidates().map { .init(host: "127.0.0.1", port: $0) }
        for (index, address) in addresses.enumerated() {
            do {
                return try await serve(at: address)
            } catch let error as IOError where error.errnoCode == Self.addressInUse {
                if index + 1 < addresses.count { continue }
                throw MartletError(
                    .inUse, "something else listens at \(address.host):\(address.port); end it, or use another --listen"
                )
            } catch let error as IOError {
                throw MartletError(.ioFailed, "can't listen at \(address.host):\(address.port)", cause: error)
            }
        }
    }

    /// `EADDRINUSE` of Linux.
    private static let addressInUse: Int32 = 98

    private func serve(at address: ListenAddress) async throws {
        let (responder, url) = (responder, url)
        let service = try server.service(at: .hostname(address.host, port: address.port)) { request, writer, channel in
            try await responder.get().respond(to: request, from: .remote(channel), on: channel, writer)
        } onListening: { channel in
            listening(at: address, port: channel.localAddress?.port ?? address.port, url)
        }
        try await service.run()
    }

    private func listening(at address: ListenAddress, port: Int, _ url: OnceValue<String>) {
        if listen == nil, port != PortMemory.standard { try? memory.remember(port) }
        // Nobody can connect to «every address»; the host's name leads to one of them.
        let reachable = ["0.0.0.0", "::"].contains(address.host) ? hostName : address.host
        let host = reachable.contains(":") ? "[\(reachable)]" : reachable
        url.set("https://\(host):\(port)")
    }

    /// TLS 1.2 and later, with the host's own certificate.
    ///
    /// - Throws: `ioFailed` when NIOSSL can't take the files.
    static func tls(_ certificate: ServerCertificate) throws(MartletError) -> TLSConfiguration {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.certificatePath)
            let key = try NIOSSLPrivateKey(file: certificate.keyPath, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            // A client that doesn't say goodbye doesn't hold up a shutdown.
            configuration.shutdownTimeout = .seconds(1)
            return configuration
        } catch {
            throw MartletError(
                .ioFailed, "the API's certificate '\(certificate.certificatePath)' can't be used", cause: error)
        }
    }
}
