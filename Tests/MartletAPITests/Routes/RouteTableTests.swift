import FoundationEssentials
import Glibc
import HTTPTypes
import MartletAPI
import MartletClient
import MartletCommands
import MartletModel
import MartletTestSupport
import Testing

@Suite("The route table")
struct RouteTableTests {
    private let table = RouteTable.all

    @Test("methods and paths are found, with the path's parameters decoded")
    func matching() throws {
        guard case .route(let route, let path) = table.match(.post, ["api", "v1", "vms", "my vm", "start"]) else {
            Issue.record("not found")
            return
        }
        #expect(route.operationID == "startMachine" && path == ["vm": "my vm"])
    }

    @Test(
        "what isn't a route isn't found",
        arguments: [
            ["api", "v1"], ["api", "v1", "vms", ""], ["api", "v1", "vms", "a", "b"], ["vms"], [""],
            ["api", "v2", "vms"], ["API", "v1", "vms"],
        ]
    )
    func unknown(path: [String]) {
        guard case .none = table.match(.get, path) else {
            Issue.record("found")
            return
        }
    }

    @Test("other methods are refused with those that are there; HEAD goes wherever an answer ends")
    func methods() {
        guard case .otherMethods(let methods) = table.match(.put, ["api", "v1", "vms", "a"]) else {
            Issue.record("not refused")
            return
        }
        #expect(methods == [.get, .head, .patch, .delete])
        guard case .otherMethods(let streams) = table.match(.head, ["api", "v1", "events"]) else {
            Issue.record("HEAD of a stream")
            return
        }
        #expect(streams == [.get])
    }

    @Test("no two routes share an operation id, or a method and a path")
    func unique() {
        #expect(Set(table.routes.map(\.operationID)).count == table.routes.count)
        #expect(Set(table.routes.map { "\($0.method.rawValue) \($0.path)" }).count == table.routes.count)
    }

    @Test("docs/api.md has a row for each path, with each method and its role")
    func page() throws {
        let text = try String(contentsOfFile: "\(Programs.repository)/docs/api.md", encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `/") && !$0.contains("{\"") }.map(String.init)
        let expected = Dictionary(grouping: table.routes, by: \.path).map { path, routes in
            Set(routes.map { "\($0.method.rawValue) \($0.role?.rawValue ?? "anyone")" }.map { "`\(path)` \($0)" })
        }
        let told = rows.map { row in
            let cells = row.dropFirst(2).dropLast(2).split(separator: " | ")
            return Set(cells[1].split(separator: ", ").map { "\(cells[0]) \($0)" })
        }
        #expect(Set(told) == Set(expected) && told.count == expected.count)
    }

    @Test("every parameter of a path is declared, and only those")
    func pathParameters() {
        for route in table.routes {
            let named = Set(route.path.matches(of: /{([a-z]+)}/).map { String($0.1) })
            let declared = Set(route.parameters.filter { $0.location == .path }.map(\.name))
            #expect(named == declared, "\(route.operationID)")
        }
    }

    @Test("every route is in the document, with its role, its answers and its request")
    func documented() throws {
        let document = OpenAPIDocument.document(of: table)
        for route in table.routes {
            let operation = try #require(
                document["paths"]?[route.path]?[route.method.rawValue.lowercased()], "\(route.operationID)")
            #expect(operation["operationId"] == .string(route.operationID))
            #expect((operation["requestBody"] != nil) == (route.body != nil))
            let responses = try #require(operation["responses"])
            #expect(responses["\(route.success.status.code)"] != nil)
            for status in route.failureStatuses { #expect(responses["\(status)"] != nil) }
            let asksWho = route.role != nil || route.failures.contains(.unauthenticated)
            #expect((responses["401"] != nil) == asksWho)
        }
    }

    @Test("the document's operations are the client's")
    func clientKnowsAll() {
        let routes = Dictionary(uniqueKeysWithValues: table.routes.map { ($0.operationID, $0) })
        #expect(Set(routes.keys) == Set(OperationID.allCases.map(\.rawValue)))
        for id in OperationID.allCases {
            let route = routes[id.rawValue]
            #expect(route?.method.rawValue == id.method, "\(id)")
            #expect(route?.path.replacing(/{[a-z]+}/, with: "{}") == id.template, "\(id)")
        }
    }

    @Test("every route has a command that uses it", arguments: RouteTable.all.routes.map(\.operationID))
    func commands(operationID: String) {
        // The document is for programs that aren't ours.
        if operationID == "getDocument" { return }
        #expect(CommandCatalog.entries.contains { $0.uses.contains { $0.rawValue == operationID } })
    }

    @Test("the document is as it was agreed; MARTLET_REWRITE_GOLDEN=1 agrees to what it is now")
    func golden() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden/openapi.json").path()
        let text = OpenAPIDocument.document(of: table).text(isPretty: true) + "\n"
        if ProcessInfo.processInfo.environment["MARTLET_REWRITE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: URL(filePath: file))
        }
        let agreed = try String(decoding: Data(contentsOf: URL(filePath: file)), as: UTF8.self)
        #expect(text == agreed, "the document changed; look at `git diff` after MARTLET_REWRITE_GOLDEN=1")
    }
}
