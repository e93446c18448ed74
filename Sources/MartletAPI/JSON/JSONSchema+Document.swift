extension JSONSchema {
    /// The schema in JSON Schema's own language, with references into an OpenAPI document's components.
    package var document: JSONValue {
        var members = shape.members
        if let summary { members.append(.init("description", .string(summary))) }
        return .object(members)
    }
}

extension JSONSchema.Shape {
    fileprivate var members: [JSONValue.Member] {
        switch self {
        case .boolean: [.init("type", "boolean")]
        case .integer(let least, let greatest, let multiple):
            [.init("type", "integer"), .init("format", "int64")]
                + limits([("minimum", least), ("maximum", greatest), ("multipleOf", multiple)])
        case .number(let least, let greatest):
            [.init("type", "number"), .init("minimum", .number(least)), .init("maximum", .number(greatest))]
        case .numberOrNull(let least, let greatest):
            [
                .init("type", ["number", "null"]), .init("minimum", .number(least)),
                .init("maximum", .number(greatest)),
            ]
        case .string(let rule): rule.members
        case .choice(let texts): [.init("type", "string"), .init("enum", .array(texts.map { .string($0) }))]
        case .array(let items, let fewest, let most):
            [.init("type", "array"), .init("items", items.document)]
                + limits([("minItems", fewest == 0 ? nil : Int64(fewest)), ("maxItems", most.map(Int64.init))])
        case .object(let rule): rule.members
        case .texts(let names, let values, let fewest, let most):
            [
                .init("type", "object"), .init("propertyNames", .object(names.members)),
                .init("additionalProperties", .object(values.members)),
            ] + limits([("minProperties", fewest == 0 ? nil : Int64(fewest)), ("maxProperties", Int64(most))])
        case .variants(let schemas): [.init("oneOf", .array(schemas.map(\.document)))]
        case .named(let name): [.init("$ref", .string("#/components/schemas/\(name)"))]
        case .anything: [.init("type", "object")]
        }
    }
}

private func limits(_ limits: [(String, Int64?)]) -> [JSONValue.Member] {
    limits.compactMap { name, limit in limit.map { .init(name, .integer($0)) } }
}

extension StringRule {
    fileprivate var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [.init("type", "string")]
        if let format { members.append(.init("format", .string(format))) }
        if let pattern { members.append(.init("pattern", .string(pattern))) }
        return members
            + limits([("minLength", shortest == 0 ? nil : Int64(shortest)), ("maxLength", longest.map(Int64.init))])
    }
}

extension JSONSchema.ObjectRule {
    fileprivate var members: [JSONValue.Member] {
        let required = properties.filter(\.isRequired).map { JSONValue.string($0.name) }
        var members: [JSONValue.Member] = [.init("type", "object")]
        if !required.isEmpty { members.append(.init("required", .array(required))) }
        members.append(.init("properties", .object(properties.map { .init($0.name, $0.schema.document) })))
        if isClosed { members.append(.init("additionalProperties", false)) }
        return members
    }
}
