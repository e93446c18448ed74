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

/// What a machine that isn't off holds: its memory and its disks, promised to it alone.
package struct MachineClaim: StoredDocument, Hashable {
    package static var collection: String { "claim" }
    package static var schemaVersion: Int { 1 }

    package var machine: ID<VirtualMachine>
    package var memory: ByteCount
    package var disks: [ID<Disk>]
    package var documentID: String { machine.description }

    package init(machine: ID<VirtualMachine>, memory: ByteCount, disks: [ID<Disk>]) {
        self.machine = machine
        self.memory = memory
        self.disks = disks
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
