/// A JSON schema, of as much of the language as our wire types need.
///
/// One value serves three: the OpenAPI document is written from it, requests are refused by it, and tests hold answers against it.
package struct JSONSchema: Sendable {
    /// What a value has to be.
    package indirect enum Shape: Sendable {
        case boolean
        case integer(least: Int64?, greatest: Int64?, multipleOf: Int64?)
        case number(least: Double, greatest: Double)
        /// A number, or null for one that isn't known.
        case numberOrNull(least: Double, greatest: Double)
        case string(StringRule)
        /// One of these texts.
        case choice([String])
        case array(items: JSONSchema, fewest: Int, most: Int?)
        case object(ObjectRule)
        /// An object whose values are texts.
        case texts(names: StringRule, values: StringRule, fewest: Int, most: Int)
        /// Exactly one of these.
        case variants([JSONSchema])
        /// The schema of this name among the document's components.
        case named(String)
        /// Any object.
        case anything
    }

    /// What an object has to have, and what it may.
    package struct ObjectRule: Sendable {
        package var properties: [Property]
        /// Whether a name that isn't listed is refused: true for requests, false for answers, which may grow.
        package var isClosed: Bool
    }

    /// A member of an object, by its name.
    package struct Property: Sendable {
        package var name: String
        package var schema: JSONSchema
        package var isRequired: Bool
    }

    package var shape: Shape
    package var summary: String?

    package init(_ shape: Shape, _ summary: String? = nil) {
        self.shape = shape
        self.summary = summary
    }

    /// The same schema with a sentence for its reader.
    package func described(_ summary: String) -> JSONSchema { JSONSchema(shape, summary) }
}

extension JSONSchema {
    package static let boolean = JSONSchema(.boolean)
    package static let uuid = string(.uuid)
    package static let time = string(.time)

    package static func integer(_ range: ClosedRange<Int64>? = nil, multipleOf: Int64? = nil) -> JSONSchema {
        JSONSchema(.integer(least: range?.lowerBound, greatest: range?.upperBound, multipleOf: multipleOf))
    }
    package static func string(_ rule: StringRule = .anything) -> JSONSchema { JSONSchema(.string(rule)) }
    package static func choice(_ texts: [String]) -> JSONSchema { JSONSchema(.choice(texts)) }
    package static func choice<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> JSONSchema {
        choice(type.allCases.map(\.rawValue))
    }
    package static func array(_ items: JSONSchema, fewest: Int = 0, most: Int? = nil) -> JSONSchema {
        JSONSchema(.array(items: items, fewest: fewest, most: most))
    }
    package static func named(_ name: String) -> JSONSchema { JSONSchema(.named(name)) }
    package static func variants(_ schemas: [JSONSchema]) -> JSONSchema { JSONSchema(.variants(schemas)) }

    /// An answer's object.
    package static func object(_ properties: [Property], _ summary: String? = nil) -> JSONSchema {
        JSONSchema(.object(.init(properties: properties, isClosed: false)), summary)
    }
    /// A request's object: a property that isn't listed is refused.
    package static func request(_ properties: [Property], _ summary: String? = nil) -> JSONSchema {
        JSONSchema(.object(.init(properties: properties, isClosed: true)), summary)
    }
}

extension JSONSchema.Property {
    package static func required(_ name: String, _ schema: JSONSchema, _ summary: String? = nil) -> Self {
        Self(name: name, schema: summary.map(schema.described) ?? schema, isRequired: true)
    }
    package static func optional(_ name: String, _ schema: JSONSchema, _ summary: String? = nil) -> Self {
        Self(name: name, schema: summary.map(schema.described) ?? schema, isRequired: false)
    }
}
