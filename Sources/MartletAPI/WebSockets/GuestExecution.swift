import MartletHost
import MartletModel
import NIOCore

/// One program in a guest, at the web socket of whoever runs it.
struct GuestExecution: Sendable {
    let call: Call
    let machine: VirtualMachine

    /// How long a client may take to say what to run.
    private static let patience: Duration = .seconds(30)

    /// - Throws: the failure, when the program couldn't be run to its end.
    func serve(_ socket: WebSocket) async throws {
        do {
            let start = try await start(from: socket)
            await record(start)
            try await call.host.virtualMachines.execute(in: machine.id, start) { pass in
                for try await message in socket.messages {
                    try await pass(try GuestExecutionInput(message: Array(buffer: message)))
                }
                // Whoever leaves hangs the program up.
                throw MartletError(.cancelled, "the client has left")
            } output: { output in
                try await socket.send(ByteBuffer(bytes: try output.message()))
            }
        } catch let error as MartletError {
            // The close's reason is short: the whole of it goes before.
            try await socket.send(ByteBuffer(bytes: try GuestExecutionOutput.failed(Failure(error)).message()))
            throw error
        }
    }

    private func start(from socket: WebSocket) async throws -> GuestProgramStart {
        try await withThrowingTaskGroup(of: GuestProgramStart.self) { group in
            group.addTask {
                for try await message in socket.messages {
                    if case .start(let start) = try GuestExecutionInput(message: Array(buffer: message)) {
                        return start
                    }
                    break
                }
                throw MartletError(.invalidArgument, "the first message has to be 'start'")
            }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                throw MartletError(.timedOut, "nothing was said of what to run; send 'start' first")
            }
            defer { group.cancelAll() }
            guard let start = try await group.next() else { throw CancellationError() }
            return start
        }
    }

    /// Who runs something as whom; what it is and what goes into it is theirs.
    private func record(_ start: GuestProgramStart) async {
        let user = await call.host.virtualMachines.guestUser(of: machine.id, session: start.session)
        await call.host.audit.record(
            AuditEntry(
                action: "executeInGuest", user: call.principal.name, role: call.principal.role,
                method: call.principal.method, from: call.caller.description, subject: machine.name,
                subjectID: "\(machine.id)", requestID: call.requestID, outcome: "begun",
                note: user.map { "as '\($0)' of the guest's" } ?? "as a user of the guest's"))
    }
}
