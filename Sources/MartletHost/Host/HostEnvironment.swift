package import FoundationEssentials
package import MartletModel

/// Time and ids, which come in from outside so that tests can own them.
package struct HostEnvironment: Sendable {
    package var now: @Sendable () -> Moment
    package var makeUUID: @Sendable () -> UUID
    /// Goes on while the host sleeps, and nobody can set it.
    package var steadyNow: @Sendable () -> ContinuousClock.Instant

    package init(
        now: @escaping @Sendable () -> Moment = { Moment(Date()) },
        makeUUID: @escaping @Sendable () -> UUID = { UUID() },
        steadyNow: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.now = now
        self.makeUUID = makeUUID
        self.steadyNow = steadyNow
    }

    package func makeID<Entity>(_ type: Entity.Type = Entity.self) -> ID<Entity> { ID(makeUUID()) }
}
