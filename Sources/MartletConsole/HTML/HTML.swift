/// A piece of a page. What stands in it is escaped when it is written, and there is no way around that: no piece is raw.
indirect enum HTML: Sendable {
    case text(String)
    case element(Element)
    case many([HTML])

    /// A tag with what is in it.
    struct Element: Sendable {
        var tag: Tag
        var attributes: [Attribute]
        var content: HTML
    }

    static let nothing = HTML.many([])

    /// The element with this `id`, wherever it stands; nil when there is none.
    func element(id: String) -> Element? {
        switch self {
        case .text: return nil
        case .many(let parts): return parts.lazy.compactMap { $0.element(id: id) }.first
        case .element(let element):
            if element.attributes.contains(.id(id)) { return element }
            return element.content.element(id: id)
        }
    }
}

/// Puts pages together: texts are escaped, `if`, `for` and `switch` do what they say.
@resultBuilder
enum HTMLBuilder {
    static func buildExpression(_ text: String) -> HTML { .text(text) }
    static func buildExpression(_ part: HTML) -> HTML { part }
    static func buildExpression(_ parts: [HTML]) -> HTML { .many(parts) }
    static func buildBlock(_ parts: HTML...) -> HTML { .many(parts) }
    static func buildOptional(_ part: HTML?) -> HTML { part ?? .nothing }
    static func buildEither(first part: HTML) -> HTML { part }
    static func buildEither(second part: HTML) -> HTML { part }
    static func buildArray(_ parts: [HTML]) -> HTML { .many(parts) }
}
