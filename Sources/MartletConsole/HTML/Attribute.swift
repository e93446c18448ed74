/// An attribute of an element. Its name is one of those below, so that no page has an event handler or a style in it, and what leads
/// somewhere is a `PageAddress`, so that it leads to this host.
struct Attribute: Hashable, Sendable {
    let name: String
    /// nil for one that is there or not.
    let value: String?

    private init(_ name: String, _ value: String?) {
        self.name = name
        self.value = value
    }

    private init(_ name: StaticString, _ value: String?) { self.init("\(name)", value) }
}

extension Attribute {
    static func `class`(_ value: String) -> Self { Self("class", value) }
    static func id(_ value: String) -> Self { Self("id", value) }
    static func name(_ value: String) -> Self { Self("name", value) }
    static func value(_ value: String) -> Self { Self("value", value) }
    static func type(_ value: String) -> Self { Self("type", value) }
    static func title(_ value: String) -> Self { Self("title", value) }
    static func role(_ value: String) -> Self { Self("role", value) }
    static func `for`(_ value: String) -> Self { Self("for", value) }
    static func form(_ value: String) -> Self { Self("form", value) }
    static func rel(_ value: String) -> Self { Self("rel", value) }
    static func lang(_ value: String) -> Self { Self("lang", value) }
    static func charset(_ value: String) -> Self { Self("charset", value) }
    static func content(_ value: String) -> Self { Self("content", value) }
    static func httpEquivalent(_ value: String) -> Self { Self("http-equiv", value) }
    static func autocomplete(_ value: String) -> Self { Self("autocomplete", value) }
    static func placeholder(_ value: String) -> Self { Self("placeholder", value) }
    static func scope(_ value: String) -> Self { Self("scope", value) }
    static func datetime(_ value: String) -> Self { Self("datetime", value) }
    static func alt(_ value: String) -> Self { Self("alt", value) }
    static func min(_ value: some CustomStringConvertible) -> Self { Self("min", value.description) }
    static func max(_ value: some CustomStringConvertible) -> Self { Self("max", value.description) }
    static func rows(_ value: Int) -> Self { Self("rows", "\(value)") }
    static func columns(_ value: Int) -> Self { Self("colspan", "\(value)") }
    static func maxLength(_ value: Int) -> Self { Self("maxlength", "\(value)") }
    static func tabIndex(_ value: Int) -> Self { Self("tabindex", "\(value)") }
    static func data(_ name: StaticString, _ value: String) -> Self { Self("data-\(name)", value) }
    static func aria(_ name: StaticString, _ value: String) -> Self { Self("aria-\(name)", value) }
    /// Of a drawing: `viewBox`, `d`, `points` and their like.
    static func drawing(_ name: StaticString, _ value: String) -> Self { Self(name, value) }

    static func href(_ address: PageAddress) -> Self { Self("href", address.text) }
    static func src(_ address: PageAddress) -> Self { Self("src", address.text) }
    static func action(_ address: PageAddress) -> Self { Self("action", address.text) }
    /// To a place of the same page.
    static func href(fragment: StaticString) -> Self { Self("href", "#\(fragment)") }

    static let methodPost = Self("method", "post")
    static let methodGet = Self("method", "get")
    static let checked = Self("checked", nil)
    static let selected = Self("selected", nil)
    static let disabled = Self("disabled", nil)
    static let required = Self("required", nil)
    static let hidden = Self("hidden", nil)
    static let open = Self("open", nil)
    static let autofocus = Self("autofocus", nil)
}
