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
            Field("Started", status.started.map { Age.text($0, now: now) }),
            Field("Cause", status.cause?.message), Field("Log", logEnd),
            Field("Warnings", status.warnings?.joined(separator: "\n")),
            Field("Generation", configuration.generation.rawValue), Field("Machine type", configuration.machineType),
            Field("Secure Boot", secureBootText), Field("TPM", configuration.tpm ? "2.0" : nil),
            Field("Boot order", boot == nil ? configuration.bootOrder.map(\.rawValue).joined(separator: ", ") : nil),
            Field("Watchdog", configuration.watchdogAction.rawValue),
            Field("Kernel", boot?.kernel), Field("Initrd", boot?.initrd), Field("Append", boot?.append),
            Field("CPUs", "\(configuration.cpus)"), Field("CPU topology", topologyText), Field("CPU model", modelText),
            Field("Memory", configuration.memory.description),
            Field("Disks", configuration.diskIDs.map(\.description).joined(separator: "\n")),
            Field("ISO drives", configuration.isoDrives.map(Self.text).joined(separator: "\n")),
            Field("Adapters", configuration.adapters.map(Self.text).joined(separator: "\n")),
            Field("Accelerator", status.accelerator?.rawValue), Field("Process", status.processID.map { "\($0)" }),
            Field("Notes", configuration.notes), Field("Folder", configuration.folder),
            Field("Created", Age.text(configuration.created, now: now)), Field("Revision", "\(revision)"),
        ]
    }

    private var secureBootText: String? {
        guard configuration.generation == .uefi else { return nil }
        return configuration.secureBoot ? "on, with the template \(configuration.secureBootTemplate.rawValue)" : "off"
    }

    private var topologyText: String? {
        configuration.processor.topology.map { "\($0.sockets) sockets of \($0.cores) cores with \($0.threads) threads" }
    }

    private var modelText: String {
        let processor = configuration.processor
        let model = processor.compatibility ? "compatibility" : processor.model ?? "all that the host offers"
        return processor.nested ? "\(model), nested virtualization" : model
    }

    private static func text(_ drive: VirtualMachineConfiguration.ISODrive) -> String {
        "\(drive.slot): \(drive.image?.description ?? "empty")"
    }

    private var logEnd: String? { status.cause?.details.first { $0.name == "log" }?.value }

    private static func text(_ adapter: VirtualMachineConfiguration.Adapter) -> String {
        "\(adapter.hardwareAddress) on switch \(adapter.switch)"
    }

    /// A line for whoever asked for something to be done with it.
    var sentence: String { "\(Printable.escape(name)) is \(state)" }
}
