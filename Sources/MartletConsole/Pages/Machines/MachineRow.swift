import MartletModel

/// A machine on a line of the table.
struct MachineRow {
    var machine: VirtualMachine
    var now: Moment

    static func id(_ machine: String) -> String { "machine-\(machine)" }

    var html: HTML {
        Tag.tr(.id(Self.id("\(machine.id)")), .data("subject", "\(machine.id)")) {
            Tag.td(.class("tick")) {
                Tag.input(
                    .type("checkbox"), .name("machine"), .value("\(machine.id)"), .form("machines-form"),
                    .aria("label", "Choose \(machine.name)"))
            }
            Tag.th(.scope("row")) { Tag.a(.href(Places.machine(machine.name))) { machine.name } }
            Tag.td { StateBadge(machine: machine).html }
            Tag.td(.class("graph")) { processor }
            Tag.td(.class("graph")) { memory }
            Tag.td(.class("number")) { uptime }
            Tag.td { address }
            Tag.td { heartbeat }
        }
    }

    private var processor: HTML {
        guard let figures = machine.figures else { return .text("") }
        return Gauge(
            value: figures.processorPercent, most: 100, text: Words.percent(figures.processorPercent),
            label: "Processor of \(machine.name)"
        ).html
    }

    private var memory: HTML {
        guard let memory = machine.figures?.memory else { return .text("\(machine.configuration.memory)") }
        guard let used = memory.demanded else { return .text("\(memory.assigned)") }
        return Gauge(
            value: Double(used.bytes), most: Double(max(1, memory.assigned.bytes)),
            text: "\(used) of \(memory.assigned)", label: "Memory of \(machine.name)"
        ).html
    }

    private var uptime: HTML {
        guard let started = machine.status.started else { return .text("") }
        return Tag.time(.datetime("\(started)"), .title("Since \(started)")) { Words.duration(now.since(started)) }
    }

    private var address: HTML { .text(machine.figures?.addresses.joined(separator: ", ") ?? "") }

    private var heartbeat: HTML {
        guard let guest = machine.status.guest, machine.state != .off else { return .text("") }
        return Tag.span(.class("heartbeat \(guest.heartbeat.rawValue)"), .title(guest.system)) {
            guest.heartbeat == .ok ? "OK" : guest.heartbeat.rawValue
        }
    }
}

/// The state of a machine: a word, and a colour that says no more than the word.
struct StateBadge {
    var machine: VirtualMachine

    var html: HTML {
        Tag.span(.class("state \(machine.state.rawValue)"), .title(reason)) { machine.state.rawValue }
    }

    private var reason: String {
        let reasons = [machine.status.cause?.message].compactMap(\.self) + (machine.status.warnings ?? [])
        return reasons.isEmpty ? "Since \(machine.status.since)" : reasons.map(Words.sentence).joined(separator: " ")
    }
}

/// A bar with its number beside it.
struct Gauge {
    var value: Double
    var most: Double
    var text: String
    var label: String

    var html: HTML {
        Tag.span(.class("gauge")) {
            Tag.meter(
                .min(0), .max(Int(most)), .drawing("high", "\(Int(most * 0.9))"), .value("\(Int(min(value, most)))"),
                .aria("label", label))
            Tag.span(.class("number")) { text }
        }
    }
}
