/// The name that people give to a machine, a disk or a switch.
///
/// One to 100 characters (as Hyper-V has it), spaces and any script allowed. Not allowed: control characters, `/`, a blank at either
/// end, `.` and `..`, a leading `-` (a command line would read an option), and what reads as an id, since names and ids are
/// taken in the same places.
package struct ResourceName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Throws: `invalidArgument`, saying what about the name is wrong.
    package init(_ text: String) throws(MartletError) {
        if let problem = Self.problem(with: text) {
            let shown = text.count > 60 ? "\(text.prefix(60))…" : text
            throw MartletError(
                .invalidArgument,
                "the name '\(shown)' \(problem); use 1 to 100 characters",
                details: [.init("name", String(shown))]
            )
        }
        description = text
    }

    /// A form that is safe as a part of a file's name: ASCII letters, digits, `.`, `_` and `-`, at most 40 characters.
    package var fileNamePart: String {
        let safe = description.map { character in
            character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
                ? character : "_"
        }
        let part = String(safe.drop { $0 == "." }.prefix(40))
        return part.isEmpty ? "_" : part
    }

    private static func problem(with text: String) -> String? {
        // By scalars, as JSON Schema and the kernel see them: a mark combined with '/' or '-' makes another character of it, and hides it.
        let scalars = text.unicodeScalars
        if scalars.allSatisfy(\.properties.isWhitespace) { return "is blank" }
        if scalars.count > 100 { return "has \(scalars.count) characters" }
        if scalars.first?.properties.isWhitespace == true || scalars.last?.properties.isWhitespace == true {
            return "begins or ends with a blank"
        }
        if text == "." || text == ".." || scalars.contains("/") { return "reads as a path" }
        if scalars.first == "-" { return "begins with '-'" }
        if ID<Never>(text) != nil { return "reads as an id" }
        let forbidden = scalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
            default: false
            }
        }
        return forbidden ? "has a character that can't be seen" : nil
    }
}
