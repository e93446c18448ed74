import MartletModel
import MartletStore

/// Why a machine failed, kept until it is started again, so that the cause outlives the daemon.
struct MachineFailure: StoredDocument {
    static var collection: String { "failure" }
    static var schemaVersion: Int { 1 }

    var machine: ID<VirtualMachine>
    var failure: Failure
    var since: Moment
    var documentID: String { machine.description }
}
