import Glibc
import MartletHost
import MartletModel
import ServiceLifecycle

/// Makes the one responder that both listeners share, as soon as it is known where HTTPS answers, and says so to people.
final class ResponderStarter: Service {
    private let url: OnceValue<String>
    private let responder: OnceValue<APIResponder>
    private let make: @Sendable (String) -> APIResponder
    private let announced = OnceValue<String>()

    init(url: OnceValue<String>, responder: OnceValue<APIResponder>, make: @escaping @Sendable (String) -> APIResponder) {
        self.url = url
        self.responder = responder
        self.make = make
    }

    func run() async throws {
        let (url, responder, announced, make) = (url, responder, announced, make)
        do {
            try await cancelWhenGracefulShutdown {
                let apiURL = try await url.get()
                responder.set(make(apiURL))
                let line = try await announced.get()
                let text = Array("martletd \(martletVersion): \(line), \(apiURL)\n".utf8)
                _ = write(STDERR_FILENO, text, text.count)
            }
        } catch is CancellationError { return }
        try? await gracefulShutdown()
    }

    /// Both listeners answer.
    func announce(_ host: MartletHostServices) {
        let accelerator = host.hostInformation.accelerator
        announced.set(
            "root \(host.layout.root), socket \(host.layout.socket), accelerator \(accelerator.accelerator.rawValue) (\(accelerator.reason))"
        )
    }
}
