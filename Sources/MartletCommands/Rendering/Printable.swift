/// Text from elsewhere made fit to be shown: what it holds can't move a terminal's cursor, nor turn the order of letters round.
enum Printable {
    /// `text` in one line, with `\u{..}` in place of what can't be seen.
    static func escape(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            if isInvisible(scalar) {
                escaped += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// `json` with JSON's own escapes in place of what can't be seen; its meaning stays.
    static func escapeJSON(_ json: String) -> String {
        if json.utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A }) { return json }
        var escaped = ""
        for scalar in json.unicodeScalars {
            if scalar != "\n", isInvisible(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The joiners that scripts and emoji need are not among them.
    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "\u{200C}" || scalar == "\u{200D}" { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return true
        default: return false
        }
    }
}
