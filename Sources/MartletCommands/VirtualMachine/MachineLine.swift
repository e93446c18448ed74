import MartletModel

/// What a list's table shows of a machine, and no more: read several times faster than all of it.
struct MachineLine: Codable, Sendable {
    struct Configuration: Codable, Sendable {
        var generation: VirtualMachineConfiguration.Generation
        var memory: ByteCount
        var cpus: Int
    }

    struct Status: Codable, Sendable {
        var started: Moment?
    }

    var id: String
    var name: String
    var state: VirtualMachineState
    var configuration: Configuration
    var status: Status

    init(_ machine: VirtualMachine) {
        id = machine.id.description
        name = machine.name
        state = machine.state
        configuration = Configuration(
            generation: machine.configuration.generation,
            memory: machine.configuration.memory,
            cpus: machine.configuration.cpus
        )
        status = Status(started: machine.status.started)
    }
}

extension MachineLine: Tabular {
    static let columns: [Column<MachineLine>] = [
        Column("NAME") { $0.name },
        Column("STATE") { $0.state.rawValue },
        Column("CPUS", .right) { "\($0.configuration.cpus)" },
        Column("MEMORY", .right) { $0.configuration.memory.description },
        Column("GENERATION") { $0.configuration.generation.rawValue },
        Column("UP", .right) { line, now in line.status.started.map { Age.text(now.since($0)) } ?? "" },
        Column("ID") { $0.id },
    ]

    func fields(now: Moment) -> [Field] { Self.columns.map { Field($0.title, $0.value(self, now)) } }
}
