import MartletModel
import MartletStore

/// Which boot of the host the daemon has seen last, and what is still to be started in it.
struct HostBoot: StoredDocument, Hashable {
    static var collection: String { "boot" }
    static var schemaVersion: Int { 1 }

    /// The kernel's random name of it.
    var bootIdentity: String
    /// How long the host had been up when its machines' delays began to count.
    var beganAtUptimeInSeconds: Double
    var pending: [AutomaticStartPlan.Entry]
    var documentID: String { "last" }
}
