/// Waits until a condition holds, and says what was seen last when it doesn't.
package func eventually<Value: Sendable>(
    within limit: Duration = .seconds(60),
    _ what: String,
    _ look: () async throws -> Value,
    until isSo: (Value) -> Bool
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    var last = try await look()
    while !isSo(last) {
        guard clock.now < deadline else {
            throw NeverHappened(what: what, limit: limit, lastSeen: "\(last)")
        }
        try await clock.sleep(for: .milliseconds(20))
        last = try await look()
    }
    return last
}

/// A condition that didn't come true in time.
package struct NeverHappened: Error, CustomStringConvertible {
    package var what: String
    package var limit: Duration
    package var lastSeen: String

    package init(what: String, limit: Duration, lastSeen: String) {
        self.what = what
        self.limit = limit
        self.lastSeen = lastSeen
    }

    package var description: String { "\(what): not within \(limit); last seen: \(lastSeen)" }
}
