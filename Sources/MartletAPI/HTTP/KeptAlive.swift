import ServiceLifecycle

/// Passes a stream's elements on one at a time, and says so whenever it has been silent.
///
/// An element is taken from the stream only when the one before was written: a slow reader holds up the stream, whose own buffer is
/// bounded, and nothing piles up here.
package struct KeptAlive<Element: Sendable>: Sendable {
    /// What is to be passed on: an element, or a sign of life in its place.
    package enum Signal: Sendable {
        case element(Element)
        case silence
    }

    package let stream: AsyncStream<Element>
    package let interval: Duration

    package init(_ stream: AsyncStream<Element>, interval: Duration) {
        self.stream = stream
        self.interval = interval
    }

    /// Calls `body` with each signal until the stream ends, the task is cancelled or the daemon shuts down.
    ///
    /// - Throws: what `body` throws.
    package func follow(_ body: (Signal) async throws -> Void) async throws {
        let (signals, signal) = AsyncStream<Signal>.makeStream()
        let (taken, take) = AsyncStream<Void>.makeStream()
        let (stream, interval) = (stream, interval)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var taken = taken.makeAsyncIterator()
                for await element in stream {
                    signal.yield(.element(element))
                    await taken.next()
                }
                signal.finish()
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: interval)
                    signal.yield(.silence)
                }
            }
            for await next in signals.cancelOnGracefulShutdown() {
                try await body(next)
                if case .element = next { take.yield() }
            }
            group.cancelAll()
        }
    }
}
