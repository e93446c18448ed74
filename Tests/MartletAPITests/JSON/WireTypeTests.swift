import MartletAPI
import MartletModel
import NIOCore
import Testing

/// What is sent is what the document says: a value of each wire type, with everything that it can have, against its schema.
@Suite("Wire types and their schemas")
struct WireTypeTests {
    @Test("every answer's type fits its schema, and its schema knows every property", arguments: WireSample.answers)
    func answers(sample: WireSample) throws {
        let value = try JSONParser.parse(Array(buffer: try WireJSON.encode(sample.value)))
        #expect(Self.closed.violation(of: value, by: .named(sample.name))?.sentence(place: "") == nil)
    }

    @Test("every request's type fits its schema", arguments: WireSample.requests)
    func requests(sample: WireSample) throws {
        let value = try JSONParser.parse(Array(buffer: try WireJSON.encode(sample.value)))
        #expect(Schemas.validator.violation(of: value, by: .named(sample.name))?.sentence(place: "") == nil)
    }

    @Test("every schema that a route or another schema names exists")
    func references() {
        let names = Set(Schemas.all.map(\.name))
        let text = OpenAPIDocument.document(of: .all).text()
        let used = Set(text.matches(of: /#\/components\/schemas\/([A-Za-z]+)/).map { String($0.1) })
        #expect(used.subtracting(names).isEmpty)
        #expect(names.subtracting(used).isEmpty, "a schema that nothing names")
        #expect(names.count == Schemas.all.count, "a name twice")
    }

    /// The schemas with every object closed, so that a property that they don't know is found.
    private static let closed = SchemaValidator(
        library: Dictionary(uniqueKeysWithValues: Schemas.all.map { ($0.name, close($0.schema)) })
    )

    private static func close(_ schema: JSONSchema) -> JSONSchema {
        switch schema.shape {
        case .object(var rule):
            rule.isClosed = true
            for index in rule.properties.indices {
                rule.properties[index].schema = close(rule.properties[index].schema)
            }
            return JSONSchema(.object(rule))
        case .array(let items, let fewest, let most):
            return JSONSchema(.array(items: close(items), fewest: fewest, most: most))
        case .variants(let schemas): return JSONSchema(.variants(schemas.map(close)))
        default: return schema
        }
    }
}
