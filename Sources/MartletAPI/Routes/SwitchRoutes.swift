import HTTPTypes
import MartletHost
import MartletModel

/// `/switches`.
package enum SwitchRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/switches", "listSwitches", "List the virtual switches.", for: .viewer,
                answer: .page(of: "VirtualSwitch")
            ) {
                call in
                try .json(Page(items: call.host.switches.list()))
            },
            .change(
                .post, "/switches", "createSwitch", "Create a virtual switch.", for: .administrator,
                body: .json("CreateVirtualSwitchRequest"), answer: .accepted,
                failures: [.notFound, .alreadyExists, .inUse, .contradictory, .unsupported, .commandFailed, .timedOut]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.createSwitch(
                        try call.decode(), peer: call.caller.peerAddress, by: call.principal))
            },
            .get(
                "/switches/{switch}", "getSwitch", "Show a virtual switch.", for: .viewer, parameters: [.virtualSwitch],
                answer: .json("VirtualSwitch", "The switch.")
            ) { call in
                try .json(try call.virtualSwitch())
            },
            .change(
                .patch, "/switches/{switch}", "updateSwitch", "Rename a virtual switch, or make it the default.",
                for: .administrator, parameters: [.virtualSwitch], body: .json("UpdateVirtualSwitchRequest"),
                answer: .json("VirtualSwitch", "The switch as it is now."), failures: [.alreadyExists, .contradictory]
            ) { call in
                try .json(try await call.host.switches.update(try call.virtualSwitch().id, try call.decode()))
            },
            .change(
                .delete, "/switches/{switch}", "deleteSwitch", "Delete a virtual switch that no machine uses.",
                for: .administrator, parameters: [.virtualSwitch], answer: .accepted, failures: [.inUse, .wrongState]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.deleteSwitch(try call.virtualSwitch().id, by: call.principal))
            },
            .get(
                "/switches/{switch}/status", "getSwitchStatus",
                "Show what a virtual switch is seen to be: whether it is up, who is plugged in, which leases there are.",
                for: .viewer, parameters: [.virtualSwitch],
                answer: .json("VirtualSwitchStatus", "What is seen."), failures: [.commandFailed, .timedOut]
            ) { call in
                try .json(try await call.host.virtualMachines.switchStatus(try call.virtualSwitch().id))
            },
        ] + forwards
    }

    private static var forwards: [RouteDefinition] {
        [
            .change(
                .post, "/switches/{switch}/forwards", "addForward", "Let a port of the host lead to a machine.",
                for: .administrator, parameters: [.virtualSwitch], body: .json("PortForwardRequest"),
                answer: .json("VirtualSwitch", "The switch as it is now."),
                failures: [.unsupported, .wrongState, .inUse, .commandFailed, .timedOut]
            ) { call in
                try .json(
                    try await call.host.virtualMachines.addForward(
                        on: try call.virtualSwitch().id, try call.decode()))
            },
            .change(
                .delete, "/switches/{switch}/forwards/{port}", "removeForward", "Take a forwarded port away.",
                for: .administrator,
                parameters: [
                    .virtualSwitch, .path("port", "The host's port.", .integer(1...65535)),
                    .query("transport", .choice(PortForward.Transport.self), "`tcp` by default."),
                    .query("hostAddress", .string(.ipv4), "The address that it is for; any by default."),
                ],
                answer: .json("VirtualSwitch", "The switch as it is now."), failures: [.commandFailed, .timedOut],
                handler: removeForward
            ),
        ]
    }

    private static func removeForward(_ call: Call) async throws -> Reply {
        let text = call.parameters.segment("port")
        guard let port = UInt16(text) else {
            throw MartletError(.notFound, "there is no port '\(text)'; give a number from 1 to 65535")
        }
        return try .json(
            try await call.host.switches.removeForward(
                call.parameters.text("transport").flatMap(PortForward.Transport.init) ?? .tcp, hostPort: Int(port),
                hostAddress: call.parameters.text("hostAddress"), on: try call.virtualSwitch().id))
    }
}

extension Call {
    fileprivate func virtualSwitch() throws(MartletError) -> VirtualSwitch {
        try host.switches.find(parameters.segment(RouteParameter.virtualSwitch.name))
    }
}
