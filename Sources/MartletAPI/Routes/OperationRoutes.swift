import HTTPTypes
import MartletHost
import MartletModel
import ServiceLifecycle

/// `/operations`: pieces of work, as they are followed.
package enum OperationRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/operations", "listOperations", "List the operations, the newest first.", for: .viewer,
                reach: .filtered,
                parameters: [
                    .query("state", .choice(Operation.State.self), "Only those in this state."), .limit, .afterID,
                ],
                answer: .page(of: "Operation"), failures: [.notFound], handler: list
            ),
            .get(
                "/operations/{operation}", "getOperation", "Show an operation, at once or when it has ended.",
                for: .viewer, reach: .filtered,
                parameters: [.operation, .wait], answer: .json("Operation", "The operation."), handler: show
            ),
            .change(
                .post, "/operations/{operation}/cancel", "cancelOperation",
                "Cancel an operation: what it did is undone.",
                for: .operator, reach: .filtered, parameters: [.operation],
                answer: .json("Operation", "The operation."),
                failures: [.wrongState]
            ) { call in
                try .json(try await call.host.operations.cancel(try await call.operationID(), by: call.principal))
            },
        ]
    }

    private static func list(_ call: Call) async throws -> Reply {
        let state = call.parameters.text("state").flatMap(Operation.State.init)
        let operations = try await call.host.operations.list().filter {
            (state == nil || $0.state == state) && call.principal.admits($0, call.host.virtualMachines)
        }
        let page = try Pagination(operations, limit: call.parameters.limit, afterID: call.parameters.text("after")) {
            "\($0.id)"
        }
        return try .json(Page(items: Array(page.items), next: page.next))
    }

    private static func show(_ call: Call) async throws -> Reply {
        let (id, operations, timeout) = (try await call.operationID(), call.host.operations, call.parameters.wait)
        if timeout == .zero { return try .json(try await operations.find(id)) }
        // A daemon that shuts down answers with what is so now, rather than be held up.
        return try .json(try await cancelWhenGracefulShutdown { try await operations.wait(for: id, timeout: timeout) })
    }
}

extension Call {
    /// The operation that the path names; for a token that is held to some machines, one that is about one of them.
    ///
    /// - Throws: `notFound`.
    fileprivate func operationID() async throws(MartletError) -> ID<Operation> {
        let text = parameters.segment(RouteParameter.operation.name)
        guard let id = ID<Operation>(text) else {
            throw MartletError(.notFound, "there is no operation '\(text.prefix(60))'; give the id of one")
        }
        if principal.scope == nil { return id }
        guard principal.admits(try await host.operations.find(id), host.virtualMachines) else {
            throw Operations.notFound(id)
        }
        return id
    }
}
