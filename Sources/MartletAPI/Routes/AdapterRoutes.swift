import HTTPTypes
import MartletHost
import MartletModel

/// `/vms/{vm}/adapters`: a machine's network adapters.
package enum AdapterRoutes {
    package static var all: [RouteDefinition] {
        [
            .change(
                .post, "/vms/{vm}/adapters", "addAdapter", "Give a machine a network adapter, at once if it runs.",
                for: .administrator, parameters: [.vm, .ifMatch], body: .optionalJSON("AdapterRequest"),
                answer: .accepted, failures: [.wrongState, .preconditionFailed, .inUse, .contradictory]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.addAdapter(
                        try call.machine().id, try call.decode(or: AdapterRequest()), revision: call.revision,
                        by: call.principal))
            },
            .change(
                .patch, "/vms/{vm}/adapters/{adapter}", "setAdapter", "Change a machine's adapter, at once if it runs.",
                for: .administrator, parameters: [.vm, adapter, .ifMatch], body: .json("AdapterRequest"),
                answer: .accepted, failures: [.wrongState, .preconditionFailed, .inUse, .contradictory]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.setAdapter(
                        call.parameters.segment(adapter.name), of: try call.machine().id, try call.decode(),
                        revision: call.revision, by: call.principal))
            },
            .change(
                .delete, "/vms/{vm}/adapters/{adapter}", "removeAdapter",
                "Take an adapter from a machine; a guest that runs is asked to let it go.",
                for: .administrator, parameters: [.vm, adapter, .ifMatch], answer: .accepted,
                failures: [.wrongState, .preconditionFailed]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.removeAdapter(
                        call.parameters.segment(adapter.name), of: try call.machine().id, revision: call.revision,
                        by: call.principal))
            },
        ]
    }

    private static let adapter = RouteParameter.path("adapter", "An adapter's slot or hardware address.")
}
