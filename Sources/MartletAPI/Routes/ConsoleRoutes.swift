import HTTPTypes
import MartletHost
import MartletModel
import NIOCore
import ServiceLifecycle

/// `/vms/{vm}/console`: a machine's serial console.
package enum ConsoleRoutes {
    /// What can be typed at once, in bytes.
    package static let longestInput = 64 << 10

    package static var all: [RouteDefinition] {
        [
            .get(
                "/vms/{vm}/console", "readConsole",
                "Read a machine's serial console: what is kept of it, then what comes, until the machine or the client ends.",
                for: .operator, audit: .each,
                parameters: [
                    .vm,
                    .query(
                        "historyInBytes", .integer(0...(1 << 20)),
                        "How much of what is kept comes first; 4096 by default."),
                ],
                answer: .init(status: .ok, content: .byteStream, summary: "The console's bytes."),
                failures: [.wrongState], handler: read
            ),
            .change(
                .post, "/vms/{vm}/console", "writeConsole", "Type into a machine's serial console.", for: .operator,
                audit: .repeated, parameters: [.vm], body: .bytes(limit: longestInput),
                answer: .init(status: .noContent, content: nil, summary: "It was typed."),
                failures: [.wrongState], handler: write
            ),
        ]
    }

    private static func read(_ call: Call) async throws -> Reply {
        let console = try await call.host.virtualMachines.console(of: try call.machine().id)
        let output = try await console.attach(historyInBytes: Int(call.parameters.integer("historyInBytes") ?? 4096))
        return Reply(
            body: .stream(
                { write in
                    for await bytes in output.cancelOnGracefulShutdown() where !bytes.isEmpty {
                        try await write(ByteBuffer(bytes: bytes))
                    }
                },
                mediaType: RouteDefinition.Content.byteStream.mediaType
            )
        )
    }

    private static func write(_ call: Call) async throws -> Reply {
        let console = try await call.host.virtualMachines.console(of: try call.machine().id)
        try await console.write(call.body ?? [])
        return .noContent
    }
}
