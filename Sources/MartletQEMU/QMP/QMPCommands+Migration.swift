/// Takes a descriptor that was sent along under a name; see `QMPClient.hand`.
struct GetDescriptor: QMPCommand {
    static let name = "getfd"
    typealias Reply = QMPEmpty

    var name: String

    private enum CodingKeys: String, CodingKey { case name = "fdname" }
}

/// Says how fast a guest's state may be written.
package struct MigrateSetParameters: QMPCommand {
    package static let name = "migrate-set-parameters"
    package typealias Reply = QMPEmpty

    /// In bytes a second. QEMU 7.2 takes what a size holds, and its own default is 128 MiB.
    package var maxBandwidth: Int64

    private enum CodingKeys: String, CodingKey { case maxBandwidth = "max-bandwidth" }

    package init(maxBandwidth: Int64) { self.maxBandwidth = maxBandwidth }
}

/// Begins to write the guest's memory and devices to where `uri` says, such as `fd:name`.
package struct Migrate: QMPCommand {
    package static let name = "migrate"
    package typealias Reply = QMPEmpty

    package var uri: String

    package init(uri: String) { self.uri = uri }
}

/// Begins to read them, in a QEMU that was started to wait for it.
package struct MigrateIncoming: QMPCommand {
    package static let name = "migrate-incoming"
    package typealias Reply = QMPEmpty

    package var uri: String

    package init(uri: String) { self.uri = uri }
}

/// Gives up what `Migrate` began; it may take a moment until `QueryMigrate` says so.
package struct MigrateCancel: QMPCommand {
    package static let name = "migrate_cancel"
    package typealias Reply = QMPEmpty

    package init() {}
}

/// Asks how far the writing or reading of the guest's state is.
package struct QueryMigrate: QMPCommand {
    package static let name = "query-migrate"

    package struct Reply: Decodable, Sendable, Hashable {
        package struct Memory: Decodable, Sendable, Hashable {
            /// In bytes; what is left to look at.
            package var remaining: Int64
            package var total: Int64
        }

        /// nil before the first; a later QEMU may have new words.
        package var status: String?
        package var ram: Memory?
        package var error: String?

        private enum CodingKeys: String, CodingKey {
            case status, ram
            case error = "error-desc"
        }

        /// Whether one is under way.
        package var isUnderWay: Bool {
            guard let status else { return false }
            return !["none", "completed", "failed", "cancelled"].contains(status)
        }
    }

    package init() {}
}
