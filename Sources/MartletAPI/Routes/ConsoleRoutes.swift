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
                parameters: [.vm, history],
                answer: .init(status: .ok, content: .byteStream, summary: "The console's bytes."),
                failures: [.wrongState], handler: read
            ),
            .change(
                .post, "/vms/{vm}/console", "writeConsole", "Type into a machine's serial console.", for: .operator,
                audit: .repeated, parameters: [.vm], body: .bytes(limit: longestInput),
                answer: .init(status: .noContent, content: nil, summary: "It was typed."),
                failures: [.wrongState], handler: write
            ),
            .get(
                "/vms/{vm}/console/socket", "attachConsole",
                "Use a machine's serial console by a web socket: binary messages with its bytes, both ways, cut anywhere.",
                for: .operator, audit: .each, parameters: [.vm, history],
                answer: .init(
                    status: .switchingProtocols, content: .webSocket, summary: "The connection is a web socket now."),
                failures: [.wrongState], handler: attach
            ).admitting(.console),
        ]
    }

    private static let history = RouteParameter.query(
        "historyInBytes", .integer(0...(1 << 20)), "How much of what is kept comes first; 4096 by default.")

    private static func read(_ call: Call) async throws -> Reply {
        let console = try await call.host.virtualMachines.console(of: try call.machine().id)
        let output = try await console.attach(historyInBytes: historyInBytes(call))
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

    private static func historyInBytes(_ call: Call) -> Int {
        Int(call.parameters.integer("historyInBytes") ?? 4096)
    }

    private static func attach(_ call: Call) async throws -> Reply {
        let machine = try call.machine()
        let console = try await call.host.virtualMachines.console(of: machine.id)
        let history = historyInBytes(call)
        return .webSocket { socket in
            let output = try await console.attach(historyInBytes: history)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await bytes in output {
                        for piece in bytes.pieces(of: longestInput) {
                            try await socket.send(ByteBuffer(bytes: piece))
                        }
                    }
                    try Task.checkCancellation()
                    throw await ended(machine, console)
                }
                group.addTask {
                    for try await message in socket.messages { try await console.type(Array(buffer: message)) }
                }
                defer { group.cancelAll() }
                // Whoever leaves first: the machine with a failure, the client without.
                try await group.next()
            }
        }
    }

    private static func ended(_ machine: VirtualMachine, _ console: ConsoleHub) async -> MartletError {
        if await console.isEnded {
            return MartletError(.wrongState, "'\(machine.name)' has ended, or is no longer reached")
        }
        return MartletError(.tooMany, "what '\(machine.name)' puts out was read too slowly; attach again")
    }

    private static func write(_ call: Call) async throws -> Reply {
        let console = try await call.host.virtualMachines.console(of: try call.machine().id)
        try await console.write(call.body ?? [])
        return .noContent
    }
}

extension [UInt8] {
    fileprivate func pieces(of size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
