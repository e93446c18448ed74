import MartletModel

extension VirtualMachine: Tabular {
    static var columns: [Column<VirtualMachine>] {
        MachineLine.columns.map { column in
            Column(column.title, column.alignment) { column.value(MachineLine($0), $1) }
        }
    }

    func fields(now: Moment) -> [Field] { MachineSheet(machine: self).fields(now: now) }

    /// A line for whoever asked for something to be done with it.
    var sentence: String { "\(Printable.escape(name)) is \(state)" }
}
