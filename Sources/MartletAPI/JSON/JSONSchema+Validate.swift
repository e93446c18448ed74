/// Where and how a value breaks its schema.
package struct SchemaViolation: Hashable, Sendable {
    /// How far a value came in a schema: what decides which of several variants is spoken of.
    package enum Depth: Int, Comparable, Sendable {
        /// The text that names the variant is another.
        case otherVariant
        /// A property is missing or unknown.
        case structure
        /// A property's value is wrong.
        case value

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Such as `disks[0].capacity`; empty for the whole value.
    package var path: String
    /// To be read after the path: `is a string; give an integer`.
    package var problem: String
    package var depth: Depth = .value

    /// One sentence, with `place` for the whole value: `the body`.
    package func sentence(place: String) -> String {
        path.isEmpty ? "\(place) \(problem)" : "'\(path)' \(problem)"
    }
}

/// Holds values against schemas; names are looked up among `library`.
package struct SchemaValidator: Sendable {
    package let library: [String: JSONSchema]

    package init(library: [String: JSONSchema]) { self.library = library }

    /// The first thing that is wrong; nil for nothing.
    package func violation(of value: JSONValue, by schema: JSONSchema, path: String = "") -> SchemaViolation? {
        switch schema.shape {
        case .boolean:
            if case .bool = value { return nil }
            return wrongKind(value, "true or false", path)
        case .integer(let least, let greatest, let multiple):
            return integer(value, least, greatest, multiple, path)
        case .number(let least, let greatest): return number(value, least, greatest, path)
        case .numberOrNull(let least, let greatest):
            if case .null = value { return nil }
            return number(value, least, greatest, path)
        case .string(let rule):
            guard case .string(let text) = value else { return wrongKind(value, "a string", path) }
            return rule.violation(of: text).map { SchemaViolation(path: path, problem: $0) }
        case .choice(let texts): return choice(value, texts, path)
        case .array(let items, let fewest, let most): return array(value, items, fewest, most, path)
        case .object(let rule): return object(value, rule, path)
        case .texts(let names, let values, let fewest, let most):
            return texts(value, names, values, fewest...most, path)
        case .variants(let schemas): return variants(value, schemas, path)
        case .named(let name):
            guard let schema = library[name] else { return SchemaViolation(path: path, problem: "has no schema") }
            return violation(of: value, by: schema, path: path)
        case .anything:
            if case .object = value { return nil }
            return wrongKind(value, "an object", path)
        }
    }

    private func wrongKind(_ value: JSONValue, _ wanted: String, _ path: String) -> SchemaViolation {
        SchemaViolation(path: path, problem: "is \(value.kind); give \(wanted)")
    }

    private func integer(
        _ value: JSONValue, _ least: Int64?, _ greatest: Int64?, _ multiple: Int64?, _ path: String
    ) -> SchemaViolation? {
        let number: Int64
        switch value {
        case .integer(let integer): number = integer
        // 1.0 is an integer too, as JSON Schema has it.
        case .number(let double):
            guard let integer = Int64(exactly: double) else {
                let problem = double == double.rounded() ? "is out of range" : "is \(double); give a whole number"
                return SchemaViolation(path: path, problem: problem)
            }
            number = integer
        default: return wrongKind(value, "a whole number", path)
        }
        if let least, number < least {
            return SchemaViolation(path: path, problem: "is \(number); give at least \(least)")
        }
        if let greatest, number > greatest {
            return SchemaViolation(path: path, problem: "is \(number); give at most \(greatest)")
        }
        if let multiple, number % multiple != 0 {
            return SchemaViolation(path: path, problem: "is \(number); give a multiple of \(multiple)")
        }
        return nil
    }

    private func texts(
        _ value: JSONValue, _ names: StringRule, _ values: StringRule, _ count: ClosedRange<Int>, _ path: String
    ) -> SchemaViolation? {
        guard case .object(let members) = value else { return wrongKind(value, "an object", path) }
        guard count.contains(members.count) else {
            let problem = "has \(members.count) members; give \(count.lowerBound) to \(count.upperBound)"
            return SchemaViolation(path: path, problem: problem)
        }
        for member in members {
            let place = path.isEmpty ? member.name : "\(path).\(member.name)"
            if let problem = names.violation(of: member.name) {
                return SchemaViolation(path: place, problem: "has a name that \(problem)")
            }
            if let violation = violation(of: member.value, by: .string(values), path: place) { return violation }
        }
        return nil
    }

    private func number(_ value: JSONValue, _ least: Double, _ greatest: Double, _ path: String) -> SchemaViolation? {
        let number: Double
        switch value {
        case .integer(let integer): number = Double(integer)
        case .number(let double): number = double
        default: return wrongKind(value, "a number", path)
        }
        if number >= least && number <= greatest { return nil }
        return SchemaViolation(path: path, problem: "is \(number); give \(least) to \(greatest)")
    }

    private func choice(_ value: JSONValue, _ texts: [String], _ path: String) -> SchemaViolation? {
        guard case .string(let text) = value else { return wrongKind(value, "a string", path) }
        if texts.contains(text) { return nil }
        return SchemaViolation(
            path: path,
            problem: "is '\(text.prefix(60))'; use \(texts.joined(separator: ", "))",
            depth: texts.count == 1 ? .otherVariant : .value
        )
    }

    private func array(
        _ value: JSONValue, _ items: JSONSchema, _ fewest: Int, _ most: Int?, _ path: String
    ) -> SchemaViolation? {
        guard case .array(let values) = value else { return wrongKind(value, "an array", path) }
        if values.count < fewest || values.count > most ?? .max {
            let wanted = most.map { "\(fewest) to \($0)" } ?? "at least \(fewest)"
            return SchemaViolation(path: path, problem: "has \(values.count) items; give \(wanted)")
        }
        for (index, value) in values.enumerated() {
            if let violation = violation(of: value, by: items, path: "\(path)[\(index)]") { return violation }
        }
        return nil
    }

    private func object(_ value: JSONValue, _ rule: JSONSchema.ObjectRule, _ path: String) -> SchemaViolation? {
        guard case .object(let members) = value else { return wrongKind(value, "an object", path) }
        let values = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        var worst: SchemaViolation?
        for property in rule.properties {
            let place = join(path, property.name)
            guard let value = values[property.name] else {
                if property.isRequired { worst = worst ?? .init(path: place, problem: "is missing", depth: .structure) }
                continue
            }
            guard let violation = violation(of: value, by: property.schema, path: place) else { continue }
            if violation.depth == .otherVariant { return violation }
            worst = worst ?? violation
        }
        return unknown(among: members, rule, path) ?? worst
    }

    private func unknown(
        among members: [JSONValue.Member], _ rule: JSONSchema.ObjectRule, _ path: String
    ) -> SchemaViolation? {
        let known = Set(rule.properties.map(\.name))
        guard rule.isClosed, let unknown = members.first(where: { !known.contains($0.name) }) else { return nil }
        let place = join(path, String(unknown.name.prefix(60)))
        return SchemaViolation(path: place, problem: "is not known here; leave it out", depth: .structure)
    }

    private func variants(_ value: JSONValue, _ schemas: [JSONSchema], _ path: String) -> SchemaViolation? {
        let violations = schemas.map { violation(of: value, by: $0, path: path) }
        let matching = violations.count { $0 == nil }
        if matching == 1 { return nil }
        if matching > 1 { return SchemaViolation(path: path, problem: "can be read in several ways") }
        return violations.compactMap(\.self).reduce(nil) { best, violation in
            guard let best, best.depth >= violation.depth else { return violation }
            return best
        }
    }

    private func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
