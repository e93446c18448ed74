package import FoundationEssentials

/// The identity of one `Entity`: a random UUID, written in lower case.
///
/// The type parameter keeps a disk's id from being taken for a machine's.
package struct ID<Entity>: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The UUID's 36 characters, in lower case.
    package let description: String

    /// Wraps a UUID that was made elsewhere, so that tests own randomness.
    package init(_ uuid: UUID) {
        description = uuid.uuidString.lowercased()
    }

    /// Reads the 36 characters of a UUID in either case; nil for anything else.
    package init?(_ text: String) {
        guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
        self.init(uuid)
    }

    /// The first eight characters, which name folders, taps and sockets.
    package var short: String { String(description.prefix(8)) }

    package static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

extension ID: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = ID(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a UUID")
            )
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
