import ArgumentParser
import MartletClient
import MartletModel

/// Where on this machine a screen or a console is to be had by other programs.
struct ForwardPlace: Sendable, ExpressibleByArgument {
    var place: LocalForward.Place

    /// `HOST:PORT`, or the path of a unix socket, which has a slash.
    init?(argument: String) {
        if argument.contains("/") {
            place = .file(argument)
        } else if let address = try? ListenAddress(argument) {
            place = .address(address)
        } else {
            return nil
        }
    }

    init(_ place: LocalForward.Place) { self.place = place }
}

extension HostSession {
    /// Forwards until a signal comes.
    ///
    /// - Parameter tell: what is printed, of the place as programs name it.
    func forward(
        at wanted: ForwardPlace, tell: @escaping @Sendable (LocalForward.Place) -> String,
        open:
            @escaping @Sendable (_ work: @escaping @Sendable (WebSocketConnection) async throws -> Void) async throws ->
            Void
    ) async throws {
        let place: LocalForward.Place =
            if case .file(let path) = wanted.place { .file(context.absolute(path)) } else { wanted.place }
        let streams = streams
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await LocalForward.run(at: place) { place in
                    // Whoever can't be told has gone.
                    try? streams.print(tell(place))
                } open: {
                    try await open($0)
                } failed: { error in
                    streams.tell("martlet: \(error)\n")
                }
                return true
            }
            group.addTask { [context] in
                for await _ in context.signals([2, 15, 1]) { return true }
                return false
            }
            defer { group.cancelAll() }
            // Where no signals come, their end isn't that of the forwarding.
            while let isOver = try await group.next(), !isOver {}
        }
    }
}
