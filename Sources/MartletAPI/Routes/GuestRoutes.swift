import HTTPTypes
import MartletHost
import MartletModel
import NIOCore

/// `/vms/{vm}/guest/…`: sessions with a guest's own users, and programs in them.
package enum GuestRoutes {
    package static var all: [RouteDefinition] { sessions + [execute] }

    /// What each of these fails with beyond its own.
    private static let failures: [MartletError.Code] = [.wrongState, .unsupported, .timedOut, .tooMany]

    private static var sessions: [RouteDefinition] {
        [
            .change(
                .post, "/vms/{vm}/guest/challenges", "challengeGuestUser",
                "Get something for the key of a guest's user to sign, good for one sign-in within a minute.",
                for: .operator, parameters: [.vm], body: .json("GuestKeyChallengeRequest"),
                answer: .json("GuestKeyChallenge", "What to sign."), failures: failures
            ) { call in
                let (id, request): (_, GuestKeyChallengeRequest) = (try call.machine().id, try call.decode())
                return try .json(try await call.host.virtualMachines.guestChallenge(of: id, request))
            },
            .change(
                .post, "/vms/{vm}/guest/sessions", "openGuestSession",
                "Sign in to a guest as one of its own users, with a password or a signed challenge; 403 when the guest refuses.",
                for: .operator, parameters: [.vm], body: .json("OpenGuestSessionRequest"),
                answer: .init(
                    status: .created, content: .json(.named("OpenedGuestSession")),
                    summary: "The session, with the id that programs are run by."),
                failures: failures, handler: open
            ),
            .get(
                "/vms/{vm}/guest/sessions", "listGuestSessions", "List the sessions with a guest, without their ids.",
                for: .operator, parameters: [.vm], answer: .page(of: "GuestUserSession"), failures: failures
            ) { call in
                try .json(Page(items: try await call.host.virtualMachines.guestSessions(of: try call.machine().id)))
            },
            .change(
                .delete, "/vms/{vm}/guest/sessions/{number}", "closeGuestSession",
                "Close a session with a guest and end its programs.", for: .operator,
                parameters: [.vm, .path("number", "The session's number.", .integer(0...Int64(UInt32.max)))],
                answer: .init(status: .noContent, content: nil, summary: "It is closed."), failures: failures
            ) { call in
                let id = try call.machine().id
                let named = call.parameters.segment("number")
                guard let number = Int(named) else {
                    throw MartletError(
                        .notFound, "no session is '\(named)'; they have numbers, see `martlet vm session list`")
                }
                try await call.host.virtualMachines.closeGuestSession(of: id, number)
                return .noContent
            },
        ]
    }

    private static func open(_ call: Call) async throws -> Reply {
        let (machine, request): (_, OpenGuestSessionRequest) = (try call.machine(), try call.decode())
        call.audit.note("as '\(request.user.prefix(100))' of the guest's")
        let peer = "\(call.principal.name) from \(call.caller.description)"
        let opened = try await call.host.virtualMachines.openGuestSession(of: machine.id, request, peer: peer)
        return try .json(opened, .created)
    }

    private static var execute: RouteDefinition {
        .get(
            "/vms/{vm}/guest/execute", "executeInGuest",
            "Run a program in a guest, by a web socket: binary messages whose first byte says what the rest is, 0 control in JSON, 1 input, 2 output, 3 errors (docs/direct.md).",
            for: .operator, parameters: [.vm],
            answer: .init(
                status: .switchingProtocols, content: .webSocket, summary: "The connection is a web socket now."),
            failures: failures
        ) { call in
            let machine = try call.machine()
            // What can be known now is refused now, as any request is.
            try await call.host.virtualMachines.requireGuest(of: machine.id)
            let execution = GuestExecution(call: call, machine: machine)
            return .webSocket { socket in try await execution.serve(socket) }
        }
    }
}
