/// One thing that changed, as the event stream tells it.
package struct Event: Hashable, Sendable, Codable {
    /// What happened, and to what.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case vmChanged = "vm.changed"
        case vmDeleted = "vm.deleted"
        case diskChanged = "disk.changed"
        case diskDeleted = "disk.deleted"
        case imageChanged = "image.changed"
        case imageDeleted = "image.deleted"
        case checkpointChanged = "checkpoint.changed"
        case checkpointDeleted = "checkpoint.deleted"
        case switchChanged = "switch.changed"
        case switchDeleted = "switch.deleted"
        case poolChanged = "pool.changed"
        case poolDeleted = "pool.deleted"
        case operationChanged = "operation.changed"
    }

    /// Grows by one with each event of a daemon's life.
    package var sequence: Int64
    package var kind: Kind
    package var time: Moment
    /// The id of what changed.
    package var subject: String
    package var machine: VirtualMachine?
    package var disk: Disk?
    package var image: Image?
    /// As it was, of one that is deleted.
    package var checkpoint: Checkpoint?
    package var `switch`: VirtualSwitch?
    package var pool: Pool?
    package var operation: Operation?

    package init(
        sequence: Int64, kind: Kind, time: Moment, subject: String, machine: VirtualMachine? = nil, disk: Disk? = nil,
        image: Image? = nil, checkpoint: Checkpoint? = nil, switch: VirtualSwitch? = nil, pool: Pool? = nil,
        operation: Operation? = nil
    ) {
        self.sequence = sequence
        self.kind = kind
        self.time = time
        self.subject = subject
        self.machine = machine
        self.disk = disk
        self.image = image
        self.checkpoint = checkpoint
        self.switch = `switch`
        self.pool = pool
        self.operation = operation
    }
}
