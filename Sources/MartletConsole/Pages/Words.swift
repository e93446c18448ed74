import MartletModel

/// How the console says things to people.
enum Words {
    /// An error's message as a sentence.
    static func sentence(_ error: MartletError) -> String { sentence(error.message) }

    static func sentence(_ text: String) -> String {
        guard let first = text.first else { return text }
        let whole = first.uppercased() + text.dropFirst()
        return ".!?".contains(whole.last ?? ".") ? whole : whole + "."
    }

    /// The two largest units of a time: `3 d 4 h`, `12 min`, `40 s`.
    static func duration(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        let units: [(String, Int64)] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)]
        guard let index = units.firstIndex(where: { seconds >= $0.1 }) else { return "0 s" }
        let (name, size) = units[index]
        let whole = "\(seconds / size) \(name)"
        guard index + 1 < units.count, index < 2, seconds % size >= units[index + 1].1 else { return whole }
        return "\(whole) \(seconds % size / units[index + 1].1) \(units[index + 1].0)"
    }

    /// To the second, in UTC: `2026-11-23 21:59:43 UTC`.
    static func time(_ moment: Moment) -> String {
        "\(moment)".prefix(19).replacing("T", with: " ") + " UTC"
    }

    static func percent(_ value: Double) -> String { "\(Int(value.rounded())) %" }

    static func count(_ count: Int, _ one: String, _ many: String) -> String {
        count == 1 ? "1 \(one)" : "\(count) \(many)"
    }

    /// Several names in a sentence, the first few by name.
    static func names(_ names: [String]) -> String {
        let shown = names.prefix(5).map { "'\($0)'" }
        if names.count > shown.count { return shown.joined(separator: ", ") + " and \(names.count - shown.count) more" }
        guard let last = shown.last, shown.count > 1 else { return shown.first ?? "" }
        return shown.dropLast().joined(separator: ", ") + " and " + last
    }
}
