/// A piece of work of several steps, as it is journalled and as people follow it.
package struct Operation: Hashable, Sendable, Codable {
    /// What it is called on the wire, such as `vm.start`.
    package typealias Kind = String

    package enum State: String, Sendable, Codable, CaseIterable {
        /// Its steps are being done, in order.
        case running
        /// A step failed or it was cancelled: its steps are being undone, last first.
        case undoing
        case succeeded
        /// A step failed, and what had been done was undone.
        case failed
        /// It was cancelled, and what had been done was undone.
        case cancelled

        package var isEnded: Bool { self != .running && self != .undoing }
    }

    /// A named part of an operation, done or undone as a whole.
    package struct Step: Hashable, Sendable, Codable {
        package enum State: String, Sendable, Codable, CaseIterable {
            case waiting
            /// Begun and not known to have ended: after a crash it may have taken effect or not.
            case started
            case done, undone
        }

        package var name: String
        package var state: State

        package init(name: String, state: State = .waiting) {
            self.name = name
            self.state = state
        }
    }

    package var id: ID<Operation>
    package var kind: Kind
    /// A line for people, such as `start hello`.
    package var title: String
    /// The id of what it is about: a machine's or a disk's.
    package var subject: String
    package var state: State
    package var steps: [Step]
    /// From 0 to 1.
    package var progress: Double
    package var requestedBy: String
    package var started: Moment
    package var ended: Moment?
    package var error: Failure?
    /// What is worth knowing beside success, such as a disk that was kept.
    package var messages: [String]

    package init(
        id: ID<Operation>,
        kind: Kind,
        title: String,
        subject: String,
        steps: [Step],
        requestedBy: String,
        started: Moment
    ) {
        self.id = id
        self.kind = kind
        self.title = title
        self.subject = subject
        self.state = .running
        self.steps = steps
        self.progress = 0
        self.requestedBy = requestedBy
        self.started = started
        self.messages = []
    }
}
