import MartletModel

/// What a list's table shows of a machine, and no more: read several times faster than all of it.
struct MachineLine: Codable, Sendable {
    struct Configuration: Codable, Sendable {
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
    var figures: Figures?

    struct Figures: Codable, Sendable {
        var processorPercent: Double
        var memory: VirtualMachineFigures.Memory?
        var addresses: [String]
    }

    init(_ machine: VirtualMachine) {
        id = machine.id.description
        name = machine.name
        state = machine.state
        configuration = Configuration(
            memory: machine.configuration.memory,
            cpus: machine.configuration.cpus
        )
        status = Status(started: machine.status.started)
        figures = machine.figures.map {
            Figures(processorPercent: $0.processorPercent, memory: $0.memory, addresses: $0.addresses)
        }
    }
}

extension MachineLine: Tabular {
    static let columns: [Column<MachineLine>] = [
        Column("NAME") { $0.name },
        Column("STATE") { $0.state.rawValue },
        Column("UP", .right) { line, now in line.status.started.map { Age.text(now.since($0)) } ?? "" },
        Column("CPUS", .right) { "\($0.configuration.cpus)" },
        Column("CPU", .right) { $0.figures.map { MachineSheet.percent($0.processorPercent) } ?? "" },
        Column("MEMORY", .right) { $0.configuration.memory.description },
        Column("ASSIGNED", .right) { $0.figures?.memory?.assigned.description ?? "" },
        Column("DEMANDED", .right) { $0.figures?.memory?.demanded?.description ?? "" },
        Column("ADDRESS") { $0.figures?.addresses.first ?? "" },
        Column("ID") { $0.id },
    ]

    func fields(now: Moment) -> [Field] { Self.columns.map { Field($0.title, $0.value(self, now)) } }
}
