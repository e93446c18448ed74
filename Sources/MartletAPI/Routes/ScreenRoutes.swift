import HTTPTypes
import MartletHost
import MartletModel
import NIOCore

/// `/vms/{vm}/screen` and `/vms/{vm}/tickets`: a machine's screen, and what lets a browser at it.
package enum ScreenRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/vms/{vm}/screen", "attachScreen",
                "Look at a machine's screen and use its keyboard and mouse, by a web socket: RFB (RFC 6143) in binary messages, cut anywhere.",
                for: .operator, audit: .each, parameters: [.vm],
                answer: .init(
                    status: .switchingProtocols, content: .webSocket, summary: "The connection is a web socket now."),
                failures: [.wrongState, .unsupported], handler: attach
            ).admitting(.screen),
            .change(
                .post, "/vms/{vm}/tickets", "createTicket",
                "Make a ticket: it opens one web socket to a machine's screen or console, once, within 30 seconds.",
                for: .operator, parameters: [.vm], body: .json("CreateTicketRequest"),
                answer: .init(
                    status: .created, content: .json(.named("CreatedTicket")), summary: "The ticket, with its secret.")
            ) { call in
                let (machine, request): (_, CreateTicketRequest) = (try call.machine(), try call.decode())
                call.audit.note("for its \(request.purpose.rawValue)")
                let ticket = try call.host.tickets.make(request.purpose, of: machine.id, for: call.principal)
                return try .json(ticket, .created)
            },
        ]
    }

    private static func attach(_ call: Call) async throws -> Reply {
        let machine = try call.machine()
        let machines = call.host.virtualMachines
        // What can be known now is refused now, as any request is.
        try await machines.requireScreen(of: machine.id)
        return .webSocket { socket in
            try await machines.showScreen(of: machine.id) { pass in
                for try await message in socket.messages { try await pass(Array(buffer: message)) }
            } output: { bytes in
                try await socket.send(ByteBuffer(bytes: bytes))
            }
        }
    }
}
