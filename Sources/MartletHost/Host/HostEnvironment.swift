package import FoundationEssentials
import MartletLinux
package import MartletModel

/// Time and ids, which come in from outside so that tests can own them.
package struct HostEnvironment: Sendable {
    package var now: @Sendable () -> Moment
    package var makeUUID: @Sendable () -> UUID
    /// The kernel's name of the present boot; nil where it doesn't tell.
    package var bootIdentity: @Sendable () -> String?
    /// How long the host has been up.
    package var uptimeInSeconds: @Sendable () -> Double
    /// Waits on a clock that no administrator sets.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// Goes on while the host sleeps, and nobody can set it.
    package var steadyNow: @Sendable () -> ContinuousClock.Instant

    package init(
        now: @escaping @Sendable () -> Moment = { Moment(Date()) },
        makeUUID: @escaping @Sendable () -> UUID = { UUID() },
        bootIdentity: @escaping @Sendable () -> String? = { try? BootIdentity.read() },
        uptimeInSeconds: @escaping @Sendable () -> Double = { BootIdentity.uptimeInSeconds },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        steadyNow: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.now = now
        self.makeUUID = makeUUID
        self.bootIdentity = bootIdentity
        self.uptimeInSeconds = uptimeInSeconds
        self.sleep = sleep
        self.steadyNow = steadyNow
    }

    package func makeID<Entity>(_ type: Entity.Type = Entity.self) -> ID<Entity> { ID(makeUUID()) }
}
