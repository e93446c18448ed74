import MartletModel
import MartletStore

/// The address that an adapter has on a switch: kept, so that a machine finds its address again the next day.
struct AddressAssignment: StoredDocument, Hashable {
    static var collection: String { "address" }
    static var schemaVersion: Int { 1 }

    var virtualSwitch: ID<VirtualSwitch>
    var machine: ID<VirtualMachine>
    var slot: Int
    var hardwareAddress: String
    var address: String
    var documentID: String { "\(virtualSwitch)-\(machine)-\(slot)" }

    /// Whose it is.
    var place: AddressBook.Place { .init(virtualSwitch: virtualSwitch, machine: machine, slot: slot) }
}
