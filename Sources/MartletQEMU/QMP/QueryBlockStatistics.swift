/// Asks what each block device has done since QEMU was started.
package struct QueryBlockStatistics: QMPCommand {
    package static let name = "query-blockstats"
    package typealias Reply = [Device]

    package struct Device: Decodable, Sendable, Hashable {
        /// The path of the guest's device in QEMU's object tree; nil for what no device has.
        package var path: String?
        package var nodeName: String?
        package var stats: Statistics

        private enum CodingKeys: String, CodingKey {
            case path = "qdev"
            case nodeName = "node-name"
            case stats
        }
    }

    package struct Statistics: Decodable, Sendable, Hashable {
        package var readBytes: Int64
        package var writtenBytes: Int64
        package var reads: Int64
        package var writes: Int64
        package var failedReads: Int64?
        package var failedWrites: Int64?

        private enum CodingKeys: String, CodingKey {
            case readBytes = "rd_bytes"
            case writtenBytes = "wr_bytes"
            case reads = "rd_operations"
            case writes = "wr_operations"
            case failedReads = "failed_rd_operations"
            case failedWrites = "failed_wr_operations"
        }
    }

    package init() {}
}
