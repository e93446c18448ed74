/// A piece of a page. What stands in it is escaped when it is written, and there is no way around that: no piece is raw.
package indirect enum HTML: Sendable {
    case text(String)
    case element(Element)
    case many([HTML])

    /// A tag with what is in it.
    package struct Element: Sendable {
        package var tag: Tag
        package var attributes: [Attribute]
        package var content: HTML
    }

    package static let nothing = HTML.many([])

    /// The element with this `id`, wherever it stands; nil when there is none.
    package func element(id: String) -> Element? {
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
package enum HTMLBuilder {
    package static func buildExpression(_ text: String) -> HTML { .text(text) }
    package static func buildExpression(_ part: HTML) -> HTML { part }
    package static func buildExpression(_ parts: [HTML]) -> HTML { .many(parts) }
    package static func buildBlock(_ parts: HTML...) -> HTML { .many(parts) }
    package static func buildOptional(_ part: HTML?) -> HTML { part ?? .nothing }
    package static func buildEither(first part: HTML) -> HTML { part }
    package static func buildEither(second part: HTML) -> HTML { part }
    package static func buildArray(_ parts: [HTML]) -> HTML { .many(parts) }
}
