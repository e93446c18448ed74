import HTTPTypes
import MartletHost
package import MartletModel
import ServiceLifecycle

/// `/vms`: machines and what is done with them.
package enum MachineRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/vms", "listMachines", "List the machines, sorted by name.", for: .viewer, reach: .filtered,
                parameters: [
                    .name, .query("state", .choice(VirtualMachineState.self), "Only those in this state."),
                    .query(
                        "labels", .array(.string(.labelSelector), fewest: 1),
                        "Only those that have each of these labels: a name, or a name, '=' and the value."),
                    .limit,
                    .afterName,
                ],
                answer: .page(of: "VirtualMachine"), handler: list
            ),
            .change(
                .post, "/vms", "createMachine", "Create a machine.", for: .administrator,
                body: .json("CreateVirtualMachineRequest"), answer: .accepted,
                failures: [.notFound, .alreadyExists, .contradictory, .insufficientSpace], handler: create
            ),
            .get(
                "/vms/{vm}", "getMachine", "Show a machine, at once or when it comes into one of some states.",
                for: .viewer,
                parameters: [
                    .vm,
                    .query(
                        "untilState", .array(.choice(VirtualMachineState.self), fewest: 1),
                        "Answer as soon as it is in one of these states, or when the time is up."
                    ),
                    .wait,
                ],
                answer: .machine("The machine."), handler: show
            ),
            .change(
                .patch, "/vms/{vm}", "updateMachine", "Change a machine.", for: .administrator,
                parameters: [
                    .vm, .header("If-Match", .string(.entityTag), RouteParameter.ifMatch.summary, isRequired: true),
                ],
                body: .json("UpdateVirtualMachineRequest"), answer: .machine("The machine as it is now."),
                failures: [
                    .wrongState, .contradictory, .preconditionFailed, .preconditionRequired, .insufficientMemory,
                    .insufficientProcessors,
                ], handler: update
            ),
            .change(
                .delete, "/vms/{vm}", "deleteMachine", "Delete a machine that is off.", for: .administrator,
                parameters: [
                    .vm, .query("disks", .boolean, "Whether its disks go with it; false by default."), .ifMatch,
                ],
                answer: .accepted, failures: [.wrongState, .preconditionFailed], handler: delete
            ),
            .change(
                .post, "/vms/{vm}/start", "startMachine", "Start a machine.", for: .operator,
                parameters: [.vm, .ifMatch],
                body: .optionalJSON("StartVirtualMachineRequest"), answer: .accepted,
                failures: [.wrongState, .preconditionFailed, .insufficientMemory, .insufficientProcessors],
                handler: start
            ),
            .change(
                .post, "/vms/{vm}/stop", "stopMachine", "Ask a machine's guest to stop, or turn the machine off.",
                for: .operator,
                parameters: [.vm, .ifMatch], body: .optionalJSON("StopVirtualMachineRequest"), answer: .accepted,
                failures: [.wrongState, .preconditionFailed], handler: stop
            ),
            .change(
                .post, "/vms/{vm}/restart", "restartMachine",
                "Ask a machine's guest to stop, or turn the machine off, and start it again.", for: .operator,
                parameters: [.vm, .ifMatch], body: .optionalJSON("StopVirtualMachineRequest"), answer: .accepted,
                failures: [.wrongState, .preconditionFailed], handler: restart
            ),
            work("save", "saveMachine", "Write a machine's memory and devices to a file and free its memory.") {
                machines, id, revision, principal in
                try await machines.save(id, revision: revision, by: principal)
            },
            work("discard", "discardMachine", "Throw a machine's saved state away; it is off then.") {
                machines, id, revision, principal in
                try await machines.discard(id, revision: revision, by: principal)
            },
            order("reset", "resetMachine", "Reset a machine, as its reset button would.") {
                machines, id, revision, principal in
                try await machines.reset(id, revision: revision, by: principal)
            },
            order("pause", "pauseMachine", "Stop a machine's processors.") { machines, id, revision, principal in
                try await machines.pause(id, revision: revision, by: principal)
            },
            order("resume", "resumeMachine", "Let a paused machine's processors go on.") {
                machines, id, revision, principal in
                try await machines.resume(id, revision: revision, by: principal)
            },
        ]
    }

    /// A route for what is done at once.
    private static func order(
        _ verb: String, _ operationID: String, _ summary: String,
        _ perform:
            @escaping @Sendable (VirtualMachines, ID<VirtualMachine>, Int64?, Principal) async throws -> VirtualMachine
    ) -> RouteDefinition {
        .change(
            .post, "/vms/{vm}/\(verb)", operationID, summary, for: .operator, parameters: [.vm, .ifMatch],
            answer: .machine("The machine as it is now."), failures: [.wrongState, .preconditionFailed]
        ) { call in
            let id = try call.machine().id
            return try call.reply(try await perform(call.host.virtualMachines, id, call.revision, call.principal))
        }
    }

    /// A route for what is an operation without a choice.
    private static func work(
        _ verb: String, _ operationID: String, _ summary: String,
        _ begin: @escaping @Sendable (VirtualMachines, ID<VirtualMachine>, Int64?, Principal) async throws -> Operation
    ) -> RouteDefinition {
        .change(
            .post, "/vms/{vm}/\(verb)", operationID, summary, for: .operator, parameters: [.vm, .ifMatch],
            answer: .accepted, failures: [.wrongState, .preconditionFailed]
        ) { call in
            let id = try call.machine().id
            return try .accepted(try await begin(call.host.virtualMachines, id, call.revision, call.principal))
        }
    }

    private static func list(_ call: Call) async throws -> Reply {
        let machines = call.host.virtualMachines.list()
        call.surface.encodedMachines.prune(keeping: machines)
        let state = call.parameters.text("state").flatMap(VirtualMachineState.init)
        // Without a filter a page costs what the page holds, however many machines there are.
        let labels = try (call.parameters.texts("labels") ?? []).map { text throws(MartletError) in
            try LabelSelector(text)
        }
        let isWhole =
            call.principal.scope == nil && state == nil && labels.isEmpty && call.parameters.text("name") == nil
        let admitted =
            isWhole
            ? machines
            : machines.filter { machine in
                call.principal.admits(machine) && (state == nil || machine.state == state)
                    && call.parameters.admits(name: machine.name)
                    && labels.allSatisfy { $0.admits(machine.configuration.labels) }
            }
        let page = Pagination(admitted, limit: call.parameters.limit, after: call.parameters.text("after"), key: \.name)
        let figures = await call.host.figures.figures(of: Array(page.items))
        let bytes = try call.surface.encodedMachines.bytes(of: page.items, joining: figures)
        let pieces = PageBytes.pieces(of: bytes, next: page.next)
        return Reply(body: .pieces(pieces, mediaType: "application/json"))
    }

    private static func create(_ call: Call) async throws -> Reply {
        try .accepted(try await call.host.virtualMachines.create(try call.decode(), by: call.principal))
    }

    private static func show(_ call: Call) async throws -> Reply {
        let machine = try call.machine()
        guard let states = call.parameters.choices("untilState", VirtualMachineState.self) else {
            let figures = await call.host.figures.figures(of: [machine])
            let bytes = try call.surface.encodedMachines.bytes(of: [machine], joining: figures)
            return .machine(machine, encoded: bytes[0])
        }
        let (machines, timeout) = (call.host.virtualMachines, call.parameters.wait)
        // A daemon that shuts down answers with what is so now, rather than be held up.
        return try call.reply(
            try await cancelWhenGracefulShutdown {
                try await machines.wait(for: machine.id, until: states, timeout: timeout)
            }
        )
    }

    private static func update(_ call: Call) async throws -> Reply {
        let machine = try call.machine()
        guard let precondition = call.parameters.precondition else {
            throw MartletError(
                .preconditionRequired,
                "a change needs the revision that it is based on; send 'If-Match: \(EntityTag.text(machine))' if that is the one you saw"
            )
        }
        let changed = try await call.host.virtualMachines.update(
            machine.id,
            try call.decode(),
            revision: precondition.revision ?? machine.revision,
            by: call.principal
        )
        guard changed.messages.isEmpty else { return .machine(changed, encoded: try WireJSON.encode(changed)) }
        return try call.reply(changed)
    }

    private static func delete(_ call: Call) async throws -> Reply {
        let id = try call.machine().id
        let withDisks = call.parameters.flag("disks") ?? false
        return try .accepted(
            try await call.host.virtualMachines.delete(
                id, withDisks: withDisks, revision: call.revision, by: call.principal)
        )
    }

    private static func start(_ call: Call) async throws -> Reply {
        let request = try call.decode(or: StartVirtualMachineRequest())
        let id = try call.machine().id
        return try .accepted(
            try await call.host.virtualMachines.start(
                id, paused: request.paused ?? false, discardingState: request.discardState ?? false,
                revision: call.revision, by: call.principal
            )
        )
    }

    private static func restart(_ call: Call) async throws -> Reply {
        let request = try call.decode(or: StopVirtualMachineRequest())
        let id = try call.machine().id
        return try .accepted(
            try await call.host.virtualMachines.restart(
                id, turnOff: request.turnOff ?? false, timeout: .seconds(request.timeoutInSeconds ?? 60),
                revision: call.revision, by: call.principal
            )
        )
    }

    private static func stop(_ call: Call) async throws -> Reply {
        let request = try call.decode(or: StopVirtualMachineRequest())
        let id = try call.machine().id
        return try .accepted(
            try await call.host.virtualMachines.stop(
                id, turnOff: request.turnOff ?? false, timeout: .seconds(request.timeoutInSeconds ?? 60),
                revision: call.revision, by: call.principal
            )
        )
    }
}

extension Call {
    /// The machine that the path names.
    ///
    /// - Throws: `notFound`.
    package func machine() throws(MartletError) -> VirtualMachine {
        try host.virtualMachines.find(parameters.segment(RouteParameter.vm.name))
    }

    /// The revision that `If-Match` names; nil for any.
    package var revision: Int64? { parameters.precondition?.revision }

    func reply(_ machine: VirtualMachine) throws(MartletError) -> Reply {
        .machine(machine, encoded: try surface.encodedMachines.bytes(of: machine))
    }
}
