import HTTPTypes
import MartletModel

/// The OpenAPI document, made from the route table that requests are routed and authorized by.
package enum OpenAPIDocument {
    /// The document of this version's API, as it is served.
    package static let text = document(of: .all).text()

    package static func document(of table: RouteTable) -> JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Martlet",
                "version": .string(martletVersion),
                "description": "A Linux host's virtual machines. Long work answers 202 with an operation to follow.",
            ],
            "servers": [["url": .string(RouteTable.base)]],
            "security": [["token": []]],
            "tags": .array(nouns(of: table).map { ["name": .string($0)] }),
            "paths": paths(of: table),
            "components": [
                "schemas": .object(Schemas.all.map { .init($0.name, $0.schema.document) }),
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer",
                        "description": "A token made with createToken, or a session's of signIn.",
                    ]
                ],
            ],
        ]
    }

    private static func nouns(of table: RouteTable) -> [String] {
        table.routes.reduce(into: []) { nouns, route in
            if !nouns.contains(route.noun) { nouns.append(route.noun) }
        }
    }

    private static func paths(of table: RouteTable) -> JSONValue {
        var paths: [JSONValue.Member] = []
        for route in table.routes where !paths.contains(where: { $0.name == route.path }) {
            let sharing = table.routes.filter { $0.path == route.path }
            let members = sharing.map { JSONValue.Member($0.method.rawValue.lowercased(), $0.document) }
            paths.append(.init(route.path, .object(members)))
        }
        return .object(paths)
    }
}

extension RouteDefinition {
    /// The route as an operation of the document.
    fileprivate var document: JSONValue {
        var members: [JSONValue.Member] = [
            .init("operationId", .string(operationID)),
            .init("summary", .string(summary)),
            .init(
                "description",
                .string(
                    role.map { "For the role \($0.rawValue) and those above it. \(reach.summary)" } ?? "For anybody.")
            ),
            .init("tags", [.string(noun)]),
        ]
        if role == nil { members.append(.init("security", [])) }
        if !parameters.isEmpty { members.append(.init("parameters", .array(parameters.map(\.document)))) }
        if let body {
            members.append(
                .init(
                    "requestBody",
                    ["required": .bool(body.isRequired), "content": content(body.content, limit: body.limit)])
            )
        }
        members.append(.init("responses", .object([success.document] + failureStatuses.map(failure))))
        return .object(members)
    }

    private func failure(_ status: Int) -> JSONValue.Member {
        let titles = allFailures.filter { ProblemTable.status($0).code == status }.map(ProblemTable.title)
        let unique = titles.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let summary =
            switch status {
            case 408: "The body took too long."
            case 415: "The body is of another media type."
            case 426: "It isn't a request for a web socket."
            case 431: "The head is too large."
            default: unique.joined(separator: ", or: ") + "."
            }
        let problem: JSONValue = ["application/problem+json": ["schema": JSONSchema.named("Problem").document]]
        return .init("\(status)", ["description": .string(summary), "content": problem])
    }
}

extension RouteDefinition.Success {
    fileprivate var document: JSONValue.Member {
        var members: [JSONValue.Member] = [.init("description", .string(summary))]
        if !headers.isEmpty {
            let documents = headers.map { header in
                JSONValue.Member(
                    header.name,
                    ["description": .string(header.summary), "schema": ["type": "string"], "required": true])
            }
            members.append(.init("headers", .object(documents)))
        }
        if let content, status != .switchingProtocols {
            members.append(.init("content", MartletAPI.content(content, limit: nil)))
        }
        return .init("\(status.code)", .object(members))
    }
}

private func content(_ content: RouteDefinition.Content, limit: Int?) -> JSONValue {
    let schema: JSONValue
    switch content {
    case .json(let json): schema = json.document
    case .events:
        // One event of the stream, as its fields.
        schema = [
            "type": "object",
            "required": ["id", "event", "data"],
            "properties": [
                "id": ["type": "string"],
                "event": ["type": "string"],
                "data": [
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": JSONSchema.named("Event").document,
                ],
            ],
        ]
    case .text: schema = ["type": "string"]
    case .bytes, .png, .byteStream, .webSocket:
        // In OpenAPI 3.1 a schema speaks of bytes by saying nothing about them.
        schema = limit.map { ["maxLength": .integer(Int64($0))] } ?? [:]
    }
    return .object([.init(content.mediaType, ["schema": schema])])
}

extension RouteParameter {
    fileprivate var document: JSONValue {
        var members: [JSONValue.Member] = [
            .init("name", .string(name)),
            .init("in", .string(location.rawValue)),
            .init("required", .bool(isRequired)),
            .init("description", .string(summary)),
            .init("schema", schema.document),
        ]
        if case .array = schema.shape { members += [.init("style", "form"), .init("explode", false)] }
        return .object(members)
    }
}
