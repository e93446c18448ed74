package import FoundationEssentials
package import MartletModel

/// Time and ids, which come in from outside so that tests can own them.
package struct HostEnvironment: Sendable {
    package var now: @Sendable () -> Moment
    package var makeUUID: @Sendable () -> UUID

    package init(
        now: @escaping @Sendable () -> Moment = { Moment(Date()) },
        makeUUID: @escaping @Sendable () -> UUID = { UUID() }
    ) {
        self.now = now
        self.makeUUID = makeUUID
    }

    package func makeID<Entity>(_ type: Entity.Type = Entity.self) -> ID<Entity> { ID(makeUUID()) }
}
