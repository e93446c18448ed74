package import MartletModel

/// A request's parameters, held against their route's schemas.
package struct Parameters: Sendable {
    private var path: [String: String]
    private var values: [String: JSONValue] = [:]

    /// - Parameter header: a header's value by its name; nil when there is none.
    /// - Throws: `invalidArgument` for a parameter that the route doesn't know, that comes twice or that breaks its schema.
    package init(
        _ route: RouteDefinition,
        path: [String: String],
        query: [RequestTarget.Pair],
        header: (String) -> String?
    ) throws(MartletError) {
        self.path = path
        for pair in query { try add(pair, of: route) }
        for parameter in route.parameters where parameter.location == .header {
            guard let text = header(parameter.name) else { continue }
            values[parameter.name] = try Self.checked(text, parameter)
        }
    }

    private mutating func add(_ pair: RequestTarget.Pair, of route: RouteDefinition) throws(MartletError) {
        let known = route.parameters.filter { $0.location == .query }
        guard let parameter = known.first(where: { $0.name == pair.name }) else {
            let names = known.map { "'\($0.name)'" }.joined(separator: ", ")
            throw MartletError(
                .invalidArgument,
                "the parameter '\(pair.name.prefix(60))' is not known here; use \(names.isEmpty ? "none" : names)",
                details: [.init("parameter", pair.name)]
            )
        }
        guard values[pair.name] == nil else {
            throw MartletError(
                .invalidArgument,
                "the parameter '\(pair.name)' is given twice; give it once",
                details: [.init("parameter", pair.name)]
            )
        }
        values[pair.name] = try Self.checked(pair.value, parameter)
    }

    private static func checked(_ text: String, _ parameter: RouteParameter) throws(MartletError) -> JSONValue {
        let value = parameter.value(of: text)
        guard let violation = Schemas.validator.violation(of: value, by: parameter.schema, path: parameter.name) else {
            return value
        }
        throw MartletError(
            .invalidArgument,
            "the parameter \(violation.sentence(place: ""))",
            details: [.init("parameter", parameter.name)]
        )
    }

    /// A segment of the path; empty for one that the route's path doesn't name.
    package func segment(_ name: String) -> String { path[name] ?? "" }

    package func text(_ name: String) -> String? {
        guard case .string(let text) = values[name] else { return nil }
        return text
    }

    package func integer(_ name: String) -> Int64? {
        guard case .integer(let integer) = values[name] else { return nil }
        return integer
    }

    package func flag(_ name: String) -> Bool? {
        guard case .bool(let flag) = values[name] else { return nil }
        return flag
    }

    /// The texts of a list; nil when it isn't given.
    package func texts(_ name: String) -> [String]? {
        guard case .array(let values) = values[name] else { return nil }
        return values.compactMap { value in
            guard case .string(let text) = value else { return nil }
            return text
        }
    }

    /// The values of a list of an enumeration's names; nil when it isn't given.
    package func choices<Value: RawRepresentable<String> & Hashable>(_ name: String, _ type: Value.Type) -> Set<Value>?
    {
        texts(name).map { Set($0.compactMap(Value.init)) }
    }

    /// What `If-Match` names; nil when it isn't given.
    package var precondition: EntityTag? { text(RouteParameter.ifMatch.name).flatMap(EntityTag.init) }
}
