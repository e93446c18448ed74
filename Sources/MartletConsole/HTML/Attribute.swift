/// An attribute of an element. Its name is one of those below, so that no page has an event handler or a style in it, and what leads
/// somewhere is a `PageAddress`, so that it leads to this host.
package struct Attribute: Hashable, Sendable {
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
    package static func `class`(_ value: String) -> Self { Self("class", value) }
    package static func id(_ value: String) -> Self { Self("id", value) }
    package static func name(_ value: String) -> Self { Self("name", value) }
    package static func value(_ value: String) -> Self { Self("value", value) }
    package static func type(_ value: String) -> Self { Self("type", value) }
    package static func title(_ value: String) -> Self { Self("title", value) }
    package static func role(_ value: String) -> Self { Self("role", value) }
    package static func `for`(_ value: String) -> Self { Self("for", value) }
    package static func form(_ value: String) -> Self { Self("form", value) }
    package static func rel(_ value: String) -> Self { Self("rel", value) }
    package static func lang(_ value: String) -> Self { Self("lang", value) }
    package static func charset(_ value: String) -> Self { Self("charset", value) }
    package static func content(_ value: String) -> Self { Self("content", value) }
    package static func httpEquivalent(_ value: String) -> Self { Self("http-equiv", value) }
    package static func autocomplete(_ value: String) -> Self { Self("autocomplete", value) }
    package static func placeholder(_ value: String) -> Self { Self("placeholder", value) }
    package static func pattern(_ value: String) -> Self { Self("pattern", value) }
    package static func scope(_ value: String) -> Self { Self("scope", value) }
    package static func datetime(_ value: String) -> Self { Self("datetime", value) }
    package static func alt(_ value: String) -> Self { Self("alt", value) }
    package static func min(_ value: some CustomStringConvertible) -> Self { Self("min", value.description) }
    package static func max(_ value: some CustomStringConvertible) -> Self { Self("max", value.description) }
    package static func rows(_ value: Int) -> Self { Self("rows", "\(value)") }
    package static func columns(_ value: Int) -> Self { Self("colspan", "\(value)") }
    package static func maxLength(_ value: Int) -> Self { Self("maxlength", "\(value)") }
    package static func tabIndex(_ value: Int) -> Self { Self("tabindex", "\(value)") }
    package static func data(_ name: StaticString, _ value: String) -> Self { Self("data-\(name)", value) }
    package static func aria(_ name: StaticString, _ value: String) -> Self { Self("aria-\(name)", value) }
    /// Of a drawing: `viewBox`, `d`, `points` and their like.
    package static func drawing(_ name: StaticString, _ value: String) -> Self { Self(name, value) }

    package static func href(_ address: PageAddress) -> Self { Self("href", address.text) }
    package static func src(_ address: PageAddress) -> Self { Self("src", address.text) }
    package static func action(_ address: PageAddress) -> Self { Self("action", address.text) }
    package static func formAction(_ address: PageAddress) -> Self { Self("formaction", address.text) }
    /// To a place of the same page.
    package static func href(fragment: StaticString) -> Self { Self("href", "#\(fragment)") }

    package static let methodPost = Self("method", "post")
    package static let methodGet = Self("method", "get")
    package static let checked = Self("checked", nil)
    package static let selected = Self("selected", nil)
    package static let disabled = Self("disabled", nil)
    package static let required = Self("required", nil)
    package static let hidden = Self("hidden", nil)
    package static let open = Self("open", nil)
    package static let autofocus = Self("autofocus", nil)
    package static let noValidate = Self("novalidate", nil)
}
