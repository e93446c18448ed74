/// A processor model that machines can be given by name.
package struct ProcessorModel: Hashable, Sendable, Codable {
    /// As QEMU calls it.
    package var name: String
    /// Whether this host can give all of it.
    package var isUsable: Bool
    /// What the model has and this host can't give.
    package var missing: [String]

    package init(name: String, isUsable: Bool, missing: [String]) {
        self.name = name
        self.isUsable = isUsable
        self.missing = missing
    }
}
