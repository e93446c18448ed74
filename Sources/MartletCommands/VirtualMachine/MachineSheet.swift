import MartletModel

/// Everything that is true of a machine, in groups, for people: `vm show`.
///
/// Without the host's disks and switches, which one request more brings, they are told by their ids.
struct MachineSheet: Sendable {
    var machine: VirtualMachine
    var disks: [Disk] = []
    var switches: [VirtualSwitch] = []

    private var configuration: VirtualMachineConfiguration { machine.configuration }
    private var status: VirtualMachineStatus { machine.status }
    private var figures: VirtualMachineFigures? { machine.figures }

    private func general(_ now: Moment) -> [Field] {
        let log = status.cause?.details.first { $0.name == "log" }?.value
        return [
            Field("Name", machine.name), Field("ID", machine.id.description),
            Field("State", "\(machine.state.rawValue) since \(Age.text(status.since, now: now))"),
            Field("Started", status.started.map { Age.text($0, now: now) }),
            Field("Saved state", status.savedState?.description),
            Field("Cause", status.cause?.message), Field("Log", log),
            Field("Warnings", status.warnings?.joined(separator: "\n")),
            Field("Labels", configuration.labels.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "\n")),
            Field("Notes", configuration.notes), Field("Folder", configuration.folder),
            Field("Created", Age.text(configuration.created, now: now)), Field("Revision", "\(machine.revision)"),
        ]
    }

    private func guest(_ now: Moment) -> [Field] {
        let guest = status.guest
        let addresses = guest?.interfaces?.map { "\($0.name): \($0.addresses.joined(separator: ", "))" }
        let fileSystems = guest?.fileSystems?.map { "\($0.mountPoint): \($0.free) of \($0.size) free (\($0.type))" }
        let off = configuration.disabledServices.map(\.rawValue)
        return [
            .heading("Guest"),
            Field("Heartbeat", guest.map { "\($0.heartbeat.rawValue) since \(Age.text($0.since, now: now))" }),
            Field("Failed units", guest?.failedUnits?.joined(separator: "\n")),
            Field("System", guest?.system), Field("Kernel", guest?.kernel), Field("Host name", guest?.hostName),
            Field("Interfaces", addresses?.joined(separator: "\n")),
            Field("File systems", fileSystems?.joined(separator: "\n")),
            Field("Says", guest?.values.map(Self.lines)), Field("Is told", Self.lines(configuration.guestValues)),
            Field("Services", guest.map { "version \($0.version)" + ($0.channel.map { ", by \($0.rawValue)" } ?? "") }),
            Field("Services off", off.joined(separator: ", ")),
        ]
    }

    private static func lines(_ values: [String: String]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    }

    private var hardware: [Field] {
        let boot = configuration.directBoot
        let secureBoot = configuration.secureBoot ? "on, \(configuration.secureBootTemplate.rawValue)" : "off"
        return [
            .heading("Hardware"),
            Field("Generation", configuration.generation.rawValue), Field("Machine type", configuration.machineType),
            Field("Secure Boot", configuration.generation == .uefi ? secureBoot : nil),
            Field("TPM", configuration.tpm ? "2.0" : "none"),
            Field("Kernel", boot?.kernel), Field("Initrd", boot?.initrd), Field("Append", boot?.append),
            Field("Boot order", boot == nil ? configuration.bootOrder.map(\.rawValue).joined(separator: ", ") : nil),
            Field("Watchdog", configuration.watchdogAction.rawValue),
            Field("Generation ID", configuration.generationID),
            Field("Accelerator", status.accelerator?.rawValue), Field("Process", status.processID.map { "\($0)" }),
        ]
    }

    private var processors: [Field] {
        let processor = configuration.processor
        let shape = processor.topology.map {
            "\($0.sockets) sockets of \($0.cores) cores with \($0.threads) threads"
        }
        let use = figures.map {
            "\(Self.percent($0.processorPercent)) now, \(Self.tenths($0.processorSeconds)) s since the start"
        }
        return [
            .heading("Processors"),
            Field("Count", "\(configuration.cpus)"), Field("Topology", shape),
            Field("Model", processor.compatibility ? "compatibility" : processor.model ?? "host"),
            Field("Weight", "\(processor.weight)"), Field("Limit", "\(processor.limitInPercent) %"),
            Field("Reservation", "\(processor.reservationInPercent) %"),
            Field("Nested", processor.nested ? "on" : "off"), Field("Use", use),
        ]
    }

    private var memory: [Field] {
        let dynamic = configuration.dynamicMemory
        return [
            .heading("Memory"),
            Field(dynamic == nil ? "Memory" : "At start", configuration.memory.description),
            Field("Minimum", dynamic?.minimum.description), Field("Maximum", dynamic?.maximum.description),
            Field("Buffer", dynamic.map { "\($0.bufferInPercent) %" }),
            Field("Priority", dynamic.map { "\($0.priority)" }),
            Field("Started with", configuration.startedMemory?.description),
            Field("Assigned", figures?.memory?.assigned.description),
            Field("Demanded", figures?.memory.map { $0.demanded?.description ?? "the guest tells nothing" }),
            Field("Of the host", figures?.resident.description),
        ]
    }

    private var devices: [Field] {
        let drives = configuration.isoDrives.map { "\($0.slot): \($0.image.map { "\($0)" } ?? "empty")" }
        return [
            .heading("Devices"),
            Field("Disks", configuration.disks.map(text).joined(separator: "\n")),
            Field("ISO drives", drives.joined(separator: "\n")),
            Field("Adapters", configuration.adapters.map(text).joined(separator: "\n")),
            Field("Addresses", figures?.addresses.joined(separator: "\n")),
        ]
    }

    private var actions: [Field] {
        let start = configuration.automaticStart
        let delay = start.delayInSeconds == 0 ? "" : ", after \(start.delayInSeconds) s"
        return [
            .heading("Automatic"),
            Field("Start", "\(start.action.rawValue)\(delay)"),
            Field("Stop", configuration.automaticStopAction.rawValue),
            Field("Restart", configuration.restartPolicy.rawValue),
            Field("Checkpoints", configuration.checkpointType.rawValue),
        ]
    }

    private func text(_ attachment: VirtualMachineConfiguration.DiskAttachment) -> String {
        guard let disk = disks.first(where: { $0.id == attachment.disk }) else {
            return "\(attachment.slot): \(attachment.disk)"
        }
        let traffic = figures?.disks.first { $0.disk == disk.id }.map {
            ", \(ByteCount(bytes: $0.readBytes)) read, \(ByteCount(bytes: $0.writtenBytes)) written"
                + ($0.errors == 0 ? "" : ", \($0.errors) errors")
        }
        return "\(attachment.slot): \(disk.name), \(disk.capacity), \(disk.path)\(traffic ?? "")"
    }

    private func text(_ adapter: VirtualMachineConfiguration.Adapter) -> String {
        let name = switches.first { $0.id == adapter.switch }?.name ?? "\(adapter.switch)"
        let parts = [
            "\(adapter.slot): \(adapter.hardwareAddress) on switch \(name)", adapter.address,
            adapter.vlan.map { "VLAN \($0)" }, adapter.bandwidthLimit.map { "at most \($0) bit/s" },
            figures?.adapters.first { $0.slot == adapter.slot }.map {
                "\(ByteCount(bytes: $0.receivedBytes)) received, \(ByteCount(bytes: $0.sentBytes)) sent"
            },
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    static func percent(_ value: Double) -> String { "\(Int(min(max(value, 0), 1e6).rounded())) %" }

    /// With one decimal.
    private static func tenths(_ value: Double) -> String {
        let tenths = Int64((min(max(value, 0), 1e15) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension MachineSheet: Tabular {
    static var columns: [Column<MachineSheet>] {
        VirtualMachine.columns.map { column in
            Column(column.title, column.alignment) { column.value($0.machine, $1) }
        }
    }

    func fields(now: Moment) -> [Field] {
        general(now) + guest(now) + hardware + processors + memory + devices + actions
    }

    /// For programs it is the machine and nothing else.
    func encode(to encoder: any Encoder) throws { try machine.encode(to: encoder) }
}
