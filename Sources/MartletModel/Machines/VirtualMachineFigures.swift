/// What a machine that has a QEMU uses, looked at when somebody asks.
///
/// Counters begin at 0 with each start of the machine. They are no part of what is published when the machine changes.
package struct VirtualMachineFigures: Hashable, Sendable, Codable {
    /// When it was looked at; up to a few seconds ago.
    package var time: Moment
    /// Processor time since QEMU was started, in seconds: the guest's, and what QEMU itself took for it.
    package var processorSeconds: Double
    /// What it used of its own processors of late, in percent of their sum: 100 is all of them. Emulation and QEMU's own work may
    /// take it past 100.
    package var processorPercent: Double
    package var memory: Memory?
    /// What QEMU's process occupies of the host's memory, the guest's part among it.
    package var resident: ByteCount
    package var disks: [Disk]
    package var adapters: [Adapter]
    /// The addresses that its switches gave it.
    package var addresses: [String]

    package init(
        time: Moment, processorSeconds: Double, processorPercent: Double, memory: Memory? = nil, resident: ByteCount,
        disks: [Disk] = [], adapters: [Adapter] = [], addresses: [String] = []
    ) {
        self.time = time
        self.processorSeconds = processorSeconds
        self.processorPercent = processorPercent
        self.memory = memory
        self.resident = resident
        self.disks = disks
        self.adapters = adapters
        self.addresses = addresses
    }

    /// The guest's memory, by its balloon.
    package struct Memory: Hashable, Sendable, Codable {
        /// What the guest holds.
        package var assigned: ByteCount
        /// What it was told to hold.
        package var target: ByteCount
        /// What it demands; nil while its balloon driver tells nothing.
        package var demanded: ByteCount?

        package init(assigned: ByteCount, target: ByteCount, demanded: ByteCount? = nil) {
            self.assigned = assigned
            self.target = target
            self.demanded = demanded
        }
    }

    /// What went to and from one disk since QEMU was started.
    package struct Disk: Hashable, Sendable, Codable {
        package var disk: ID<MartletModel.Disk>
        package var readBytes: Int64
        package var writtenBytes: Int64
        package var reads: Int64
        package var writes: Int64
        /// Reads and writes that failed.
        package var errors: Int64

        package init(
            disk: ID<MartletModel.Disk>, readBytes: Int64, writtenBytes: Int64, reads: Int64, writes: Int64,
            errors: Int64
        ) {
            self.disk = disk
            self.readBytes = readBytes
            self.writtenBytes = writtenBytes
            self.reads = reads
            self.writes = writes
            self.errors = errors
        }
    }

    /// What went through an adapter, as the guest sees it; adapters on a user-mode switch are not counted.
    package struct Adapter: Hashable, Sendable, Codable {
        package var slot: Int
        package var receivedBytes: Int64
        package var sentBytes: Int64
        package var receivedPackets: Int64
        package var sentPackets: Int64
        /// Packets to the guest that it did not take in time, and packets from it that were refused.
        package var droppedPackets: Int64

        package init(
            slot: Int, receivedBytes: Int64, sentBytes: Int64, receivedPackets: Int64, sentPackets: Int64,
            droppedPackets: Int64
        ) {
            self.slot = slot
            self.receivedBytes = receivedBytes
            self.sentBytes = sentBytes
            self.receivedPackets = receivedPackets
            self.sentPackets = sentPackets
            self.droppedPackets = droppedPackets
        }
    }
}
