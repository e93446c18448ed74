import HTTPTypes
import MartletHost
import MartletModel
import NIOCore

/// `/host`, `/events` and the document itself.
package enum HostRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/openapi.json", "getDocument", "This document.", for: nil, reach: .harmless,
                answer: .init(status: .ok, content: .json(JSONSchema(.anything)), summary: "An OpenAPI 3.1 document.")
            ) { _ in
                Reply(body: .pieces([ByteBuffer(string: OpenAPIDocument.text)], mediaType: "application/json"))
            },
            .get("/host", "getHost", "Show the host.", for: .viewer, answer: .json("Host", "The host.")) { call in
                try .json(
                    await call.host.hostInformation.host(
                        apiURL: call.surface.apiURL, fingerprint: call.surface.fingerprint))
            },
            .get(
                "/host/checks", "listHostChecks", "Check whether the host has what it needs.", for: .viewer,
                answer: .page(of: "HostCheck")
            ) { call in
                try .json(Page(items: await call.host.hostInformation.checks()))
            },
            .change(
                .post, "/host/stop-machines", "stopMachines",
                "Stop every machine as its automatic stop action says; none can be started meanwhile.",
                for: .administrator, body: .optionalJSON("StopMachinesRequest"), answer: .accepted
            ) { call in
                let request = try call.decode(or: StopMachinesRequest())
                return try .accepted(
                    try await call.host.hostStop.begin(
                        timeout: .seconds(request.timeoutInSeconds ?? 120), by: call.principal))
            },
            .get(
                "/events", "followEvents", "Follow what changes, as server-sent events whose data are Event objects.",
                for: .viewer, reach: .filtered,
                parameters: [
                    .header(
                        "Last-Event-ID", .integer(0...Int64.max),
                        "The sequence of the last event that was seen; those after it come first.")
                ],
                answer: .init(status: .ok, content: .events, summary: "Events, and a comment every 15 seconds."),
                handler: follow
            ),
        ]
    }

    private static func follow(_ call: Call) -> Reply {
        let events = KeptAlive(
            call.host.events.subscribe(after: call.parameters.integer("Last-Event-ID")),
            interval: call.surface.keepAliveInterval
        )
        let (principal, machines) = (call.principal, call.host.virtualMachines)
        return Reply(
            headers: [.cacheControl: "no-store"],
            body: .stream(
                { write in
                    try await write(ByteBuffer(string: ServerSentEvents.keepAlive))
                    try await events.follow { signal in
                        if case .element(let event) = signal, !principal.admits(event, machines) { return }
                        try await write(try frame(signal))
                    }
                },
                mediaType: ServerSentEvents.mediaType
            )
        )
    }

    private static func frame(_ signal: KeptAlive<Event>.Signal) throws -> ByteBuffer {
        guard case .element(let event) = signal else { return ByteBuffer(string: ServerSentEvents.keepAlive) }
        let data = String(buffer: try WireJSON.encode(event))
        return ByteBuffer(string: ServerSentEvents.frame(id: event.sequence, event: event.kind.rawValue, data: data))
    }
}
