/// What checkpoints a machine is to have.
package enum CheckpointType: String, Sendable, Codable, CaseIterable {
    /// None.
    case disabled
    /// Memory, devices and disks at one point, while the guest runs on.
    case standard
    /// Disks whose data the guest has put in order; where it can't, a standard one.
    case production
    /// As `production`, and none where the guest can't.
    case productionOnly = "production-only"
}

/// A machine as it was at one point in time.
package struct Checkpoint: Hashable, Sendable, Codable {
    /// What it holds.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// With memory and devices: the guest goes on in the middle of what it did.
        case standard
        /// Disks alone: the guest starts anew.
        case production
    }

    /// What the data on the disks is worth.
    package enum Consistency: String, Sendable, Codable, CaseIterable {
        /// Programs in the guest had put their data in order, and its file systems stood still.
        case application
        /// The guest's file systems stood still.
        case fileSystem = "file-system"
        /// As after a power loss.
        case crash
        /// Memory and disks fit each other: nothing is missing.
        case runningState = "running-state"
        /// The machine was off: what its guest had left.
        case off
    }

    /// What a disk held.
    package struct DiskState: Hashable, Sendable, Codable {
        package var disk: ID<Disk>
        package var layer: ID<DiskLayer>

        package init(disk: ID<Disk>, layer: ID<DiskLayer>) {
            self.disk = disk
            self.layer = layer
        }
    }

    package var id: ID<Checkpoint>
    package var machine: ID<VirtualMachine>
    /// The checkpoint that the machine had come from; nil for one that came from none.
    package var parent: ID<Checkpoint>?
    package var name: String
    package var notes: String
    package var created: Moment
    /// What was asked for.
    package var asked: CheckpointType
    package var kind: Kind
    package var consistency: Consistency
    /// What is not as it was asked for, and why, a sentence each; nil for nothing.
    package var warnings: [String]?
    /// How the machine was set up. Its machine type is what memory and devices can be read by.
    package var configuration: VirtualMachineConfiguration
    package var disks: [DiskState]
    /// How long its guest stood still, in milliseconds; nil for one that didn't run.
    package var stoppedInMilliseconds: Int?
    /// How long its guest's file systems stood still, the time that it stood still itself with it, in milliseconds; nil where they didn't.
    package var frozenInMilliseconds: Int?
    /// Joined for a reader; nil where it is stored.
    package var status: CheckpointStatus?

    package init(
        id: ID<Checkpoint>, machine: ID<VirtualMachine>, parent: ID<Checkpoint>?, name: String, notes: String,
        created: Moment, asked: CheckpointType, kind: Kind, consistency: Consistency,
        configuration: VirtualMachineConfiguration, disks: [DiskState]
    ) {
        self.id = id
        self.machine = machine
        self.parent = parent
        self.name = name
        self.notes = notes
        self.created = created
        self.asked = asked
        self.kind = kind
        self.consistency = consistency
        self.configuration = configuration
        self.disks = disks
    }

    package var layers: [ID<DiskLayer>] { disks.map(\.layer) }
}

/// What is seen of a checkpoint now.
package struct CheckpointStatus: Hashable, Sendable, Codable {
    /// What its files take on the disk, in bytes: its memory, and what was written in the time that its disks' layers are of.
    package var size: ByteCount
    /// Whether the machine comes from it.
    package var isCurrent: Bool
    /// The machine's name.
    package var machine: String

    package init(size: ByteCount, isCurrent: Bool, machine: String) {
        self.size = size
        self.isCurrent = isCurrent
        self.machine = machine
    }
}
