import MartletModel

extension VirtualMachine: Tabular {
    static var columns: [Column<VirtualMachine>] {
        MachineLine.columns.map { column in
            Column(column.title, column.alignment) { column.value(MachineLine($0), $1) }
        }
    }

    func fields(now: Moment) -> [Field] {
        let boot = configuration.directBoot
        return [
            Field("Name", name), Field("ID", id.description),
            Field("State", "\(state) since \(Age.text(status.since, now: now))"),
            Field("Saved state", status.savedState?.description),
            Field("Started", status.started.map { Age.text($0, now: now) }),
            Field("Cause", status.cause?.message), Field("Log", logEnd),
            Field("Generation", configuration.generation.rawValue), Field("Machine type", configuration.machineType),
            Field("Secure Boot", configuration.generation == .uefi ? (configuration.secureBoot ? "on" : "off") : nil),
            Field("Kernel", boot?.kernel), Field("Initrd", boot?.initrd), Field("Append", boot?.append),
            Field("CPUs", "\(configuration.cpus)"), Field("Memory", configuration.memory.description),
            Field("Disks", configuration.diskIDs.map(\.description).joined(separator: "\n")),
            Field("Adapters", configuration.adapters.map(Self.text).joined(separator: "\n")),
            Field("Accelerator", status.accelerator?.rawValue), Field("Process", status.processID.map { "\($0)" }),
            Field("Automatic start", automaticStartText),
            Field("Automatic stop", configuration.automaticStopAction.rawValue),
            Field("Restart", configuration.restartPolicy.rawValue), Field("Labels", labelText),
            Field("Notes", configuration.notes), Field("Folder", configuration.folder),
            Field("Created", Age.text(configuration.created, now: now)), Field("Revision", "\(revision)"),
        ]
    }

    private var automaticStartText: String {
        let start = configuration.automaticStart
        let delay = start.delayInSeconds > 0 ? " after \(start.delayInSeconds) s" : ""
        return "\(start.action.rawValue)\(delay)"
    }

    private var logEnd: String? { status.cause?.details.first { $0.name == "log" }?.value }

    private static func text(_ adapter: VirtualMachineConfiguration.Adapter) -> String {
        "\(adapter.hardwareAddress) on switch \(adapter.switch)"
    }

    /// A line for whoever asked for something to be done with it.
    var sentence: String { "\(Printable.escape(name)) is \(state)" }
}
