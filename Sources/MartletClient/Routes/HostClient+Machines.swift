package import MartletModel

extension HostClient {
    /// All machines, sorted by name; those whose name contains `name` and which are in `state` and have all of `labels`, where these are
    /// given.
    ///
    /// `Item` may be a type with fewer fields than `VirtualMachine`, which is read several times faster.
    package func listMachines<Item: Codable & Sendable>(
        name: String? = nil,
        state: VirtualMachineState? = nil,
        labels: [LabelSelector] = [],
        as type: Item.Type = VirtualMachine.self
    ) async throws -> [Item] {
        var request = APIRequest(.listMachines)
        if let name { request.query.append(("name", name)) }
        if let state { request.query.append(("state", state.rawValue)) }
        if !labels.isEmpty { request.query.append(("labels", labels.map(\.description).joined(separator: ","))) }
        return try await list(request)
    }

    /// Begins to make a machine; the operation's subject is its id.
    package func createMachine(_ body: CreateVirtualMachineRequest) async throws -> Operation {
        try await send(APIRequest(.createMachine), body)
    }

    /// `machine` is a name or an id, here and below.
    package func getMachine(_ machine: String) async throws -> VirtualMachine {
        try await get(APIRequest(.getMachine, machine))
    }

    /// The machine as soon as it is in one of `states`, or as it is when `time` is over (at most a minute).
    package func getMachine(
        _ machine: String,
        until states: [VirtualMachineState],
        waiting time: Duration
    ) async throws -> VirtualMachine {
        var request = APIRequest(.getMachine, machine)
        request.query.append(("untilState", states.map(\.rawValue).joined(separator: ",")))
        return try await get(request.waiting(time))
    }

    /// Changes a machine that is off.
    ///
    /// - Throws: `preconditionFailed` when its revision is no longer this one: somebody else changed it.
    package func updateMachine(
        _ machine: String,
        revision: Int64,
        _ body: UpdateVirtualMachineRequest
    ) async throws -> VirtualMachine {
        var request = APIRequest(.updateMachine, machine)
        request.headers.append(("If-Match", "\"\(revision)\""))
        return try await send(request, body)
    }

    /// Begins to delete a machine, and with `disks` what is on its disks.
    package func deleteMachine(_ machine: String, disks: Bool) async throws -> Operation {
        var request = APIRequest(.deleteMachine, machine)
        request.query.append(("disks", disks ? "true" : "false"))
        return try await send(request)
    }

    /// Begins to start a machine, or to restore it if it is saved and `discardState` doesn't say otherwise; with `paused` its guest
    /// waits for `resumeMachine`.
    package func startMachine(
        _ machine: String, paused: Bool, discardState: Bool = false
    ) async throws -> Operation {
        let body = StartVirtualMachineRequest(paused: paused, discardState: discardState ? true : nil)
        return try await send(APIRequest(.startMachine, machine), body)
    }

    /// Begins to shut a machine down and to start it again; `timeout` as for `stopMachine`.
    package func restartMachine(_ machine: String, turnOff: Bool, timeout: Duration? = nil) async throws -> Operation {
        let seconds = timeout.map { Int($0.components.seconds) }
        return try await send(
            APIRequest(.restartMachine, machine),
            StopVirtualMachineRequest(turnOff: turnOff, timeoutInSeconds: seconds)
        )
    }

    /// Begins to save a machine: its memory and devices go to a file, and its memory is free.
    package func saveMachine(_ machine: String) async throws -> Operation {
        try await send(APIRequest(.saveMachine, machine))
    }

    /// Begins to throw a saved machine's state away.
    package func discardMachine(_ machine: String) async throws -> Operation {
        try await send(APIRequest(.discardMachine, machine))
    }

    /// Begins to stop a machine; `timeout` is how long its guest has to obey, 60 seconds when nil.
    package func stopMachine(_ machine: String, turnOff: Bool, timeout: Duration? = nil) async throws -> Operation {
        let seconds = timeout.map { Int($0.components.seconds) }
        return try await send(
            APIRequest(.stopMachine, machine),
            StopVirtualMachineRequest(turnOff: turnOff, timeoutInSeconds: seconds)
        )
    }

    /// Pushes the reset button.
    package func resetMachine(_ machine: String) async throws -> VirtualMachine {
        try await send(APIRequest(.resetMachine, machine))
    }

    /// Stops the guest's processors where they are.
    package func pauseMachine(_ machine: String) async throws -> VirtualMachine {
        try await send(APIRequest(.pauseMachine, machine))
    }

    /// Lets a paused guest go on.
    package func resumeMachine(_ machine: String) async throws -> VirtualMachine {
        try await send(APIRequest(.resumeMachine, machine))
    }

    /// The last `historyInBytes` of the serial console and then what it puts out; returns when the host began to answer.
    package func readConsole(_ machine: String, historyInBytes: Int) async throws -> ConsoleOutput {
        var request = APIRequest(.readConsole, machine)
        request.query.append(("historyInBytes", String(historyInBytes)))
        return ConsoleOutput(body: try await transport.stream(request, showsSignsOfLife: false), address: address)
    }

    /// Types into the serial console; `bytes` are at most `longestConsoleInput`.
    package func writeConsole(_ machine: String, _ bytes: [UInt8]) async throws {
        var request = APIRequest(.writeConsole, machine)
        request.body = APIRequest.Body(contentType: "application/octet-stream", bytes: bytes)
        _ = try await transport.answer(to: request)
    }

    /// What the host takes in one piece, in bytes.
    package static let longestConsoleInput = 64 << 10
}
