import AsyncHTTPClient
import Glibc
import MartletModel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What it means when a request came to no answer, with the remedy: the one table from the HTTP library's errors to ours.
struct TransportFailure {
    let address: HostAddress

    func error(for error: any Error) -> any Error {
        switch error {
        case is MartletError, is CancellationError, is OtherCertificate: error
        case let error as IOError: fromKernel(error.errnoCode)
        case let error as NIOConnectionError:
            error.connectionErrors.lazy.compactMap { $0.error as? IOError }.first.map { fromKernel($0.errnoCode) }
                ?? unreachable("can't be found")
        case let error as HTTPClientError: fromClient(error)
        case HTTPParserError.invalidEOFState: unreachable("closed the connection in the middle of its answer")
        case is HTTPParserError: notOurs
        case is NIOTooManyBytesError: MartletError(.tooLarge, "\(address) answered with more than can be sensible")
        case ChannelError.connectTimeout: unreachable("doesn't answer")
        case is ChannelError: unreachable("closed the connection")
        case is NIOSSLError, is BoringSSLError:
            MartletError(.unavailable, "\(address) doesn't speak TLS as it should; check the address", cause: error)
        case is SocketAddressError: unreachable("can't be found")
        default: MartletError(.unavailable, "the request to \(address) failed", cause: error)
        }
    }

    private func fromKernel(_ number: Int32) -> MartletError {
        switch number {
        case ENOENT: unreachable("isn't there")
        case ECONNREFUSED: unreachable("doesn't answer")
        case ECONNRESET, EPIPE: unreachable("closed the connection")
        case EACCES, EPERM: notAllowed
        default: unreachable("can't be reached (\(String(cString: strerror(number))))")
        }
    }

    private func fromClient(_ error: HTTPClientError) -> any Error {
        switch error {
        case .cancelled: CancellationError()
        case .connectTimeout, .tlsHandshakeTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout:
            unreachable("doesn't answer")
        case .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout:
            MartletError(.timedOut, "\(address) has said nothing for too long")
        case .remoteConnectionClosed: unreachable("closed the connection before it had answered")
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath:
            MartletError(.invalidArgument, "'\(address)' is not an address; give one like https://192.0.2.1:7443")
        default: MartletError(.unavailable, "the request to \(address) failed", cause: error)
        }
    }

    private func unreachable(_ what: String) -> MartletError {
        switch address {
        case .root(let root):
            MartletError(
                .unavailable,
                "\(address) \(what): is martletd running? start it with `\(Self.start(root))`, or give another --root"
            )
        case .remote:
            MartletError(.unavailable, "\(address) \(what): check the address, and that martletd is running there")
        }
    }

    private static func start(_ root: String) -> String {
        root == RootFolder.system ? "systemctl start martletd" : "martletd --root \(root)"
    }

    private var notAllowed: MartletError {
        MartletError(
            .forbidden,
            "this account may not use \(address); use sudo, or join the group 'martlet' on the host (`adduser USER martlet`, and sign in anew)"
        )
    }

    private var notOurs: MartletError {
        MartletError(.unknown, "what \(address) answers isn't HTTP; look what it is that listens there")
    }
}
