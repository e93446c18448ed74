import MartletModel

/// What a string has to be: in words that the document carries, and as a test that the server makes.
package struct StringRule: Sendable {
    package var shortest = 0
    /// In code points, as JSON Schema counts; nil for no limit but the body's.
    package var longest: Int?
    /// An ECMA-262 expression that accepts exactly what `problem` accepts.
    package var pattern: String?
    package var format: String?
    /// What is wrong with a string, to be read after its place: `is blank`; nil for nothing.
    package var problem: @Sendable (String) -> String?

    package init(
        shortest: Int = 0,
        longest: Int? = nil,
        pattern: String? = nil,
        format: String? = nil,
        problem: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.shortest = shortest
        self.longest = longest
        self.pattern = pattern
        self.format = format
        self.problem = problem
    }

    /// What is wrong with `text` by any part of the rule.
    package func violation(of text: String) -> String? {
        let length = text.unicodeScalars.count
        if length < shortest {
            return shortest == 1 ? "is empty" : "has \(length) characters; use at least \(shortest)"
        }
        if let longest, length > longest { return "has \(length) characters; use at most \(longest)" }
        return problem(text)
    }
}

extension StringRule {
    package static let anything = StringRule()

    package static func upTo(_ longest: Int, shortest: Int = 0) -> StringRule {
        StringRule(shortest: shortest, longest: longest)
    }

    /// An id of ours.
    package static let uuid = StringRule(
        format: "uuid",
        problem: { ID<Never>($0) == nil ? "is '\($0.prefix(60))', which is not a UUID" : nil }
    )

    /// A time; only ever written, so that nothing is refused by it.
    package static let time = StringRule(
        format: "date-time",
        problem: { Moment($0) == nil ? "is '\($0.prefix(60))', which is not an RFC 3339 time" : nil }
    )

    /// A revision, or `*` for any.
    package static let entityTag = StringRule(
        pattern: #"^(\*|"[0-9]{1,18}"|[0-9]{1,18})$"#,
        problem: { EntityTag($0) == nil ? "is not '*' or a revision between quotation marks, such as \"3\"" : nil }
    )
}
