import ArgumentParser

/// A length of time as people write it: `90` and `90s` are seconds, and there are `500ms`, `5m`, `2h`, `1d` and `1m30s`.
struct TimeSpan: Hashable, Sendable {
    var duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    /// Nil for anything else, and for more than a thousand days.
    init?(_ text: String) {
        var rest = text[...]
        var milliseconds: Int64 = 0
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard digits.count <= 9, let number = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            // Without a unit a number must be all there is: `1m30` could be anything.
            if unit.isEmpty, digits.count < text.count { return nil }
            guard let factor = Self.milliseconds[String(unit)] else { return nil }
            milliseconds += number * factor
        } while !rest.isEmpty
        if milliseconds > 1000 * 86_400_000 { return nil }
        duration = .milliseconds(milliseconds)
    }

    private static let milliseconds: [String: Int64] = [
        "": 1000, "ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]
}

extension TimeSpan: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }

    /// As the help shows a default.
    var defaultValueDescription: String {
        let seconds = duration.components.seconds
        return seconds >= 60 && seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
    }
}
