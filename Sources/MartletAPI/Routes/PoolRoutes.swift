import HTTPTypes
import MartletHost
import MartletModel

/// `/pools`.
package enum PoolRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/pools", "listPools", "List the pools: the root's own first, the others sorted by name.",
                for: .viewer, answer: .page(of: "Pool")
            ) { call in
                try .json(Page(items: await call.host.virtualMachines.listPools(), next: nil))
            },
            .change(
                .post, "/pools", "createPool", "Make a folder of the host a pool.", for: .administrator,
                body: .json("CreatePoolRequest"),
                answer: .init(status: .created, content: .json(.named("Pool")), summary: "The pool."),
                failures: [.notFound, .alreadyExists, .contradictory, .insufficientSpace]
            ) { call in
                try .json(try await call.host.virtualMachines.createPool(try call.decode()), .created)
            },
            .get(
                "/pools/{pool}", "getPool", "Show a pool.", for: .viewer, parameters: [.pool],
                answer: .json("Pool", "The pool.")
            ) { call in
                try .json(try await call.pool())
            },
            .change(
                .patch, "/pools/{pool}", "updatePool", "Change a pool.", for: .administrator, parameters: [.pool],
                body: .json("UpdatePoolRequest"), answer: .json("Pool", "The pool as it is now."),
                failures: [.alreadyExists, .conflict, .unsupported, .insufficientSpace]
            ) { call in
                let pool = try await call.pool()
                return try .json(try await call.host.virtualMachines.updatePool(pool.id, try call.decode()))
            },
            .change(
                .delete, "/pools/{pool}", "deletePool", "Forget a pool that has no disks.", for: .administrator,
                parameters: [.pool], answer: .init(status: .noContent, content: nil, summary: "It is forgotten."),
                failures: [.inUse, .wrongState, .unsupported]
            ) { call in
                try await call.host.virtualMachines.deletePool(try await call.pool().id)
                return .noContent
            },
        ]
    }
}

extension Call {
    fileprivate func pool() async throws(MartletError) -> Pool {
        try await host.virtualMachines.pool(parameters.segment(RouteParameter.pool.name))
    }
}
