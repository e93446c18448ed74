import MartletModel

/// Which machines are shown, and in which order, as the page's address says.
struct MachineList: Sendable {
    /// What the table can be sorted by.
    enum Column: String, CaseIterable {
        case name, state, processor, memory, uptime, address, heartbeat

        var title: String {
            switch self {
            case .name: "Name"
            case .state: "State"
            case .processor: "CPU"
            case .memory: "Memory"
            case .uptime: "Uptime"
            case .address: "Address"
            case .heartbeat: "Heartbeat"
            }
        }
    }

    var column = Column.name
    var isDescending = false
    /// Words that are all in a machine's name, notes, labels or addresses.
    var filter = ""
    var state: VirtualMachineState?

    init(_ query: ConsoleRequest.Fields) {
        column = query["sort"].flatMap(Column.init) ?? .name
        isDescending = query["order"] == "down"
        filter = query["q"] ?? ""
        state = query["state"].flatMap(VirtualMachineState.init)
    }

    /// The address of the list as it would be sorted by a column: the other way round where it is already.
    func address(sortedBy column: Column) -> PageAddress {
        let down = column == self.column && !isDescending
        return Places.host("machines", query: [("sort", column.rawValue)] + (down ? [("order", "down")] : []) + filters)
    }

    private var filters: [(String, String)] {
        (filter.isEmpty ? [] : [("q", filter)]) + (state.map { [("state", $0.rawValue)] } ?? [])
    }

    var isFiltered: Bool { !filters.isEmpty }

    func select(_ machines: [VirtualMachine]) -> [VirtualMachine] {
        let words = filter.lowercased().split(separator: " ")
        let chosen = machines.filter { machine in
            (state == nil || machine.state == state)
                && (words.isEmpty || words.allSatisfy { Self.text(machine).contains($0) })
        }
        // Those that are alike stay in the order of their names, which is the API's.
        let sorted = chosen.enumerated().sorted { left, right in
            let isBefore = isDescending ? before(right.element, left.element) : before(left.element, right.element)
            if isBefore { return true }
            let isAfter = isDescending ? before(left.element, right.element) : before(right.element, left.element)
            return !isAfter && left.offset < right.offset
        }
        return sorted.map(\.element)
    }

    private static func text(_ machine: VirtualMachine) -> String {
        let labels = machine.configuration.labels.map { "\($0.key)=\($0.value)" }
        let parts = [machine.name, machine.configuration.notes] + labels + (machine.figures?.addresses ?? [])
        return parts.joined(separator: " ").lowercased()
    }

    private func before(_ left: VirtualMachine, _ right: VirtualMachine) -> Bool {
        switch column {
        case .name: return left.name < right.name
        case .state: return left.state.rawValue < right.state.rawValue
        case .processor: return (left.figures?.processorPercent ?? -1) < (right.figures?.processorPercent ?? -1)
        case .memory: return left.configuration.memory < right.configuration.memory
        case .uptime:
            // The longest up is the one that started first; what is off has none.
            guard let first = left.status.started, let second = right.status.started else {
                return left.status.started == nil && right.status.started != nil
            }
            return second < first
        case .address: return (left.figures?.addresses.first ?? "") < (right.figures?.addresses.first ?? "")
        case .heartbeat:
            return (left.status.guest?.heartbeat.rawValue ?? "") < (right.status.guest?.heartbeat.rawValue ?? "")
        }
    }
}
