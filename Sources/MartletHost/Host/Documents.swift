package import MartletModel
import MartletStore

extension VirtualMachineConfiguration: StoredDocument {
    package static var collection: String { "machine" }
    package static var schemaVersion: Int { 1 }
    package var documentID: String { id.description }
}

extension Disk: StoredDocument {
    package static var collection: String { "disk" }
    package static var schemaVersion: Int { 1 }
    package var documentID: String { id.description }
}

extension Image: StoredDocument {
    package static var collection: String { "image" }
    package static var schemaVersion: Int { 1 }
    package var documentID: String { id.description }
}

extension Pool: StoredDocument {
    package static var collection: String { "pool" }
    package static var schemaVersion: Int { 1 }
    package var documentID: String { id.description }
}

extension VirtualSwitch: StoredDocument {
    package static var collection: String { "switch" }
    package static var schemaVersion: Int { 1 }
    package var documentID: String { id.description }
}

/// What a machine that isn't off holds: memory, processors and disks, promised to it alone.
package struct MachineClaim: StoredDocument, Hashable {
    package static var collection: String { "claim" }
    package static var schemaVersion: Int { 1 }

    package var machine: ID<VirtualMachine>
    /// What its guest holds, or is about to.
    package var memory: ByteCount
    /// What QEMU may take beside the guest's memory; none when missing, for it wasn't counted.
    package var overhead: ByteCount
    /// In hundredths of a processor; none when missing, for there were no reservations.
    package var reservedProcessors: Int
    package var disks: [ID<Disk>]
    package var documentID: String { machine.description }
    package var wholeMemory: ByteCount { memory + overhead }

    package init(
        machine: ID<VirtualMachine>, memory: ByteCount, overhead: ByteCount = ByteCount(bytes: 0),
        reservedProcessors: Int = 0, disks: [ID<Disk>]
    ) {
        self.machine = machine
        self.memory = memory
        self.overhead = overhead
        self.reservedProcessors = reservedProcessors
        self.disks = disks
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        machine = try container.decode(ID<VirtualMachine>.self, forKey: .machine)
        memory = try container.decode(ByteCount.self, forKey: .memory)
        overhead = try container.decodeIfPresent(ByteCount.self, forKey: .overhead) ?? ByteCount(bytes: 0)
        reservedProcessors = try container.decodeIfPresent(Int.self, forKey: .reservedProcessors) ?? 0
        disks = try container.decode([ID<Disk>].self, forKey: .disks)
    }
}

/// This host's own identity.
struct HostIdentity: StoredDocument {
    static var collection: String { "host" }
    static var schemaVersion: Int { 1 }

    var id: ID<Host>
    var documentID: String { "self" }
}

/// A token with the digest of its secret; the secret itself is kept nowhere.
struct StoredToken: StoredDocument {
    static var collection: String { "token" }
    static var schemaVersion: Int { 1 }

    var token: Token
    /// SHA-256 of the secret's UTF-8, in lower-case hex.
    var digest: String
    var documentID: String { token.id.description }
}
