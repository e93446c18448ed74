/// A parameter of a route, in its path, its query or its headers.
package struct RouteParameter: Sendable {
    /// Where in a request it stands, as OpenAPI names it.
    package enum Location: String, Sendable { case path, query, header }

    package var name: String
    package var location: Location
    package var schema: JSONSchema
    package var isRequired: Bool
    package var summary: String
}

extension RouteParameter {
    /// A segment of the path; what doesn't fit its schema isn't found.
    package static func path(
        _ name: String, _ summary: String, _ schema: JSONSchema = .string(.upTo(400, shortest: 1))
    ) -> Self {
        Self(name: name, location: .path, schema: schema, isRequired: true, summary: summary)
    }

    /// Part of the query; an array is written with commas.
    package static func query(_ name: String, _ schema: JSONSchema, _ summary: String) -> Self {
        Self(name: name, location: .query, schema: schema, isRequired: false, summary: summary)
    }

    package static func header(
        _ name: String, _ schema: JSONSchema, _ summary: String, isRequired: Bool = false
    ) -> Self {
        Self(name: name, location: .header, schema: schema, isRequired: isRequired, summary: summary)
    }

    /// The value behind a parameter's text, by its schema's type; text that can't be read so stays a string, for the schema to refuse.
    package func value(of text: String) -> JSONValue {
        Self.value(of: text, by: schema)
    }

    private static func value(of text: String, by schema: JSONSchema) -> JSONValue {
        switch schema.shape {
        case .integer:
            // Only what JSON would write: `+1` and `01` are no integers of ours.
            guard let integer = Int64(text), "\(integer)" == text else { return .string(text) }
            return .integer(integer)
        case .boolean: return text == "true" ? true : text == "false" ? false : .string(text)
        case .array(let items, _, _):
            let texts = text.split(separator: ",", omittingEmptySubsequences: false)
            return .array(texts.map { value(of: String($0), by: items) })
        default: return .string(text)
        }
    }
}
