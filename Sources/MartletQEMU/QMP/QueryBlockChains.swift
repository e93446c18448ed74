/// Asks which node each block device has, and what that lies over.
struct QueryBlockChains: QMPCommand {
    static let name = "query-blockstats"
    typealias Reply = [Node]

    /// A node with the one below it.
    final class Node: Decodable, Sendable {
        /// The path of the guest's device in QEMU's object tree; nil for what no device has.
        let path: String?
        let name: String?
        private let below: Node?

        private enum CodingKeys: String, CodingKey {
            case path = "qdev"
            case name = "node-name"
            case below = "backing"
        }

        func contains(_ wanted: String) -> Bool { name == wanted || below?.contains(wanted) == true }
    }
}
