import MartletModel

/// Puts overlays on top of nodes, all at one point in time or none.
struct SnapshotTransaction: QMPCommand {
    static let name = "transaction"
    typealias Reply = QMPEmpty

    struct Action: Encodable, Sendable {
        struct Target: Encodable, Sendable {
            var node: String
            var overlay: String
        }

        var type = "blockdev-snapshot"
        var data: Target
    }

    var actions: [Action]
}

/// Begins to write what lies between two nodes into the lower one.
struct BlockCommit: QMPCommand {
    static let name = "block-commit"
    typealias Reply = QMPEmpty

    var jobID: String
    /// The node that the guest's device has.
    var device: String
    /// The upper of the nodes; nil for the one that the device has, which the lower takes the place of in the end.
    var topNode: String?
    var baseNode: String
    /// What the node above the upper one says in its file that it lies over.
    var backingFile: String?
    /// In bytes a second; 0 for no limit.
    var speed: Int64
    /// The job stays, with its result, until somebody who has seen that dismisses it.
    var autoDismiss = false

    private enum CodingKeys: String, CodingKey {
        case jobID = "job-id"
        case device
        case topNode = "top-node"
        case baseNode = "base-node"
        case backingFile = "backing-file"
        case speed
        case autoDismiss = "auto-dismiss"
    }
}

/// Asks how far jobs are.
struct QueryJobs: QMPCommand {
    static let name = "query-jobs"
    typealias Reply = [Job]

    struct Job: Decodable, Sendable, Hashable {
        var id: String
        var status: String
        var current: Int64
        var total: Int64
        var error: String?

        private enum CodingKeys: String, CodingKey {
            case id, status, error
            case current = "current-progress"
            case total = "total-progress"
        }
    }
}

/// Ends a job that is ready.
struct JobComplete: QMPCommand {
    static let name = "job-complete"
    typealias Reply = QMPEmpty

    var id: String
}

/// Gives a job up; what it was to change stays as it was.
struct BlockJobCancel: QMPCommand {
    static let name = "block-job-cancel"
    typealias Reply = QMPEmpty

    var device: String
    /// Also one that is ready, which without this would be completed without a switch.
    var force = true
}

/// Has a job go at another speed.
struct BlockJobSetSpeed: QMPCommand {
    static let name = "block-job-set-speed"
    typealias Reply = QMPEmpty

    var device: String
    /// In bytes a second; 0 for no limit.
    var speed: Int64
}

/// Forgets a job that has ended.
struct JobDismiss: QMPCommand {
    static let name = "job-dismiss"
    typealias Reply = QMPEmpty

    var id: String
}

/// Turns abilities of the writing of a guest's state on or off.
struct MigrateSetCapabilities: QMPCommand {
    static let name = "migrate-set-capabilities"
    typealias Reply = QMPEmpty

    struct Capability: Encodable, Sendable {
        var capability: String
        var state: Bool
    }

    var capabilities: [Capability]
}

/// Which of a stream's properties are on.
struct QueryMigrateCapabilities: QMPCommand {
    static let name = "query-migrate-capabilities"

    struct Capability: Decodable, Sendable {
        var capability: String
        var state: Bool
    }

    typealias Reply = [Capability]
}

/// Has the network cards tell their neighbours where they are.
package struct AnnounceSelf: QMPCommand {
    package static let name = "announce-self"
    package typealias Reply = QMPEmpty

    /// In milliseconds.
    var initial = 50
    var max = 550
    var rounds = 5
    var step = 50

    package init() {}
}
