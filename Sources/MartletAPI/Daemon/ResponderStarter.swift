import ServiceLifecycle

/// Makes the one responder that both listeners share, as soon as it is known where HTTPS answers, and says when both answer.
final class ResponderStarter: Service, CustomStringConvertible {
    private let url: OnceValue<String>
    private let responder: OnceValue<APIResponder>
    private let announce: @Sendable (String) -> Void
    private let make: @Sendable (String) -> APIResponder
    private let socket = OnceValue<Void>()

    init(
        url: OnceValue<String>, responder: OnceValue<APIResponder>, announce: @escaping @Sendable (String) -> Void,
        make: @escaping @Sendable (String) -> APIResponder
    ) {
        self.url = url
        self.responder = responder
        self.announce = announce
        self.make = make
    }

    var description: String { "start" }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                let apiURL = try await self.url.get()
                self.responder.set(self.make(apiURL))
                try await self.socket.get()
                self.announce(apiURL)
            }
        } catch is CancellationError { return }
        try? await gracefulShutdown()
    }

    func socketAnswers() { socket.set(()) }

    func answering() async throws { try await socket.get() }
}
