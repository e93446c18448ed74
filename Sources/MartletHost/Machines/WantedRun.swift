import MartletModel
import MartletStore

/// That a machine is to run: written when it is started, removed when a person stops or saves it or its guest powers itself off.
///
/// What is there when the host comes up again ran when it went down, in whichever way it did.
struct WantedRun: StoredDocument {
    static var collection: String { "wanted" }
    static var schemaVersion: Int { 1 }

    var machine: ID<VirtualMachine>
    var documentID: String { machine.description }
}
