package import FoundationEssentials

/// A point in time, kept to the millisecond and written as RFC 3339 in UTC.
package struct Moment: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    package init(_ date: Date) { milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded()) }

    /// Reads what `description` writes; nil for anything else.
    package init?(_ text: String) {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = try? Date(text, strategy: style) else { return nil }
        self.init(date)
    }

    package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    package var description: String {
        // The formatter cuts what is below a millisecond, and a double is mostly a little less than the millisecond it stands for.
        Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The time from `earlier` to this moment.
    package func since(_ earlier: Moment) -> Duration { .milliseconds(milliseconds - earlier.milliseconds) }

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }
}

extension Moment: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let moment = Moment(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not an RFC 3339 time")
            )
        }
        self = moment
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
