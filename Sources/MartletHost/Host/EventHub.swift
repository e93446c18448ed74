package import MartletModel
import Synchronization

/// What can be told; the hub adds the sequence and the time.
package enum EventContent: Sendable {
    case vmChanged(VirtualMachine)
    case vmDeleted(ID<VirtualMachine>)
    case diskChanged(Disk)
    case diskDeleted(ID<Disk>)
    case imageChanged(Image)
    case imageDeleted(ID<Image>)
    case checkpointChanged(Checkpoint)
    case checkpointDeleted(Checkpoint)
    case switchChanged(VirtualSwitch)
    case switchDeleted(ID<VirtualSwitch>)
    case poolChanged(Pool)
    case poolDeleted(ID<Pool>)
    case operationChanged(Operation)
}

/// Passes every change to everybody who follows, and keeps the last ones for those who come back.
package final class EventHub: Sendable {
    /// How many events are kept for `Last-Event-ID`, and how far a follower may fall behind before it is ended.
    package static let keptEvents = 256

    private struct State {
        var sequence: Int64 = 0
        var recent: [Event] = []
        var followers: [Int: AsyncStream<Event>.Continuation] = [:]
        var nextFollower = 0
    }

    private let state = Mutex(State())
    private let environment: HostEnvironment

    package init(environment: HostEnvironment) { self.environment = environment }

    /// Never waits: a follower that has fallen behind by `keptEvents` is ended, and can come back with its last event's sequence.
    package func publish(_ content: EventContent) {
        let now = environment.now()
        let ended = state.withLock { state in
            state.sequence += 1
            let event = Event(content, sequence: state.sequence, time: now)
            state.recent.append(event)
            if state.recent.count > Self.keptEvents { state.recent.removeFirst() }
            var ended: [AsyncStream<Event>.Continuation] = []
            for (number, follower) in state.followers {
                guard case .dropped = follower.yield(event) else { continue }
                ended.append(follower)
                state.followers[number] = nil
            }
            return ended
        }
        // Ending one calls back into this hub, so never with the lock held.
        for follower in ended { follower.finish() }
    }

    /// The kept events after `sequence`, then every new one.
    package func subscribe(after sequence: Int64?) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream<Event>.makeStream(
            bufferingPolicy: .bufferingOldest(2 * Self.keptEvents))
        let number = state.withLock { state in
            if let sequence {
                for event in state.recent where event.sequence > sequence { continuation.yield(event) }
            }
            state.nextFollower += 1
            state.followers[state.nextFollower] = continuation
            return state.nextFollower
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.followers.removeValue(forKey: number) }
        }
        return stream
    }
}

extension Event {
    fileprivate init(_ content: EventContent, sequence: Int64, time: Moment) {
        switch content {
        case .vmChanged(let machine):
            self.init(sequence: sequence, kind: .vmChanged, time: time, subject: "\(machine.id)", machine: machine)
        case .vmDeleted(let id):
            self.init(sequence: sequence, kind: .vmDeleted, time: time, subject: "\(id)")
        case .diskChanged(let disk):
            self.init(sequence: sequence, kind: .diskChanged, time: time, subject: "\(disk.id)", disk: disk)
        case .diskDeleted(let id):
            self.init(sequence: sequence, kind: .diskDeleted, time: time, subject: "\(id)")
        case .imageChanged(let image):
            self.init(sequence: sequence, kind: .imageChanged, time: time, subject: "\(image.id)", image: image)
        case .imageDeleted(let id):
            self.init(sequence: sequence, kind: .imageDeleted, time: time, subject: "\(id)")
        case .checkpointChanged(let checkpoint):
            self.init(
                sequence: sequence, kind: .checkpointChanged, time: time, subject: "\(checkpoint.id)",
                checkpoint: checkpoint)
        case .checkpointDeleted(let checkpoint):
            self.init(
                sequence: sequence, kind: .checkpointDeleted, time: time, subject: "\(checkpoint.id)",
                checkpoint: checkpoint)
        case .switchChanged(let changed):
            self.init(sequence: sequence, kind: .switchChanged, time: time, subject: "\(changed.id)", switch: changed)
        case .switchDeleted(let id):
            self.init(sequence: sequence, kind: .switchDeleted, time: time, subject: "\(id)")
        case .poolChanged(let pool):
            self.init(sequence: sequence, kind: .poolChanged, time: time, subject: "\(pool.id)", pool: pool)
        case .poolDeleted(let id):
            self.init(sequence: sequence, kind: .poolDeleted, time: time, subject: "\(id)")
        case .operationChanged(let operation):
            self.init(
                sequence: sequence, kind: .operationChanged, time: time, subject: "\(operation.id)",
                operation: operation)
        }
    }
}
