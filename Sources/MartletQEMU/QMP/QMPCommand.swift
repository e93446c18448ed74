/// A command of QEMU's monitor: encoded, it is the command's arguments.
package protocol QMPCommand: Encodable, Sendable {
    associatedtype Reply: Decodable & Sendable

    /// As QMP spells it: `query-status`.
    static var name: String { get }
}

/// A reply that says nothing but that the command was obeyed.
package struct QMPEmpty: Codable, Sendable, Hashable {
    package init() {}

    /// Takes any value: QEMU may add members.
    package init(from decoder: any Decoder) throws {}
}
