import ArgumentParser
import MartletModel

/// What is chosen of a machine, by `vm create` and `vm set` alike.
struct MachineSettingsOptions: ParsableArguments {
    typealias Configuration = VirtualMachineConfiguration

    @Option(help: "Memory at start, such as 512MiB or 4GiB; 1GiB for a new machine.")
    var memory: ByteCount?

    @OptionGroup(title: "Dynamic memory") var dynamicMemory: DynamicMemoryOptions

    @Option(help: "Virtual processors; 1 for a new machine.")
    var cpus: Int?

    @OptionGroup(title: "Processors") var processor: ProcessorOptions

    @Flag(inversion: .prefixedNo, help: "Refuse unsigned boot loaders; on for a new machine of generation 2.")
    var secureBoot: Bool?

    @Option(help: "Whose signatures are accepted: \(Self.names(Configuration.SecureBootTemplate.self)).")
    var secureBootTemplate: Configuration.SecureBootTemplate?

    @Flag(inversion: .prefixedNo, help: "A TPM 2.0; off for a new machine.")
    var tpm: Bool?

    @Option(
        help: ArgumentHelp("What to boot from, in order: of disk, iso and network.", valueName: "devices"),
        transform: Self.bootOrder)
    var bootOrder: [Configuration.BootDevice]?

    @Option(help: "What happens when the guest's watchdog runs out: \(Self.names(Configuration.WatchdogAction.self)).")
    var watchdog: Configuration.WatchdogAction?

    @Option(help: "What happens when the host starts: \(Self.names(Configuration.AutomaticStart.Action.self)).")
    var automaticStart: Configuration.AutomaticStart.Action?

    @Option(help: ArgumentHelp("Seconds after the host's start.", valueName: "seconds"))
    var startDelay: Int?

    @Option(help: "What happens when the host goes down: \(Self.names(Configuration.AutomaticStopAction.self)).")
    var automaticStop: Configuration.AutomaticStopAction?

    @Option(help: "When the guest stops unasked: \(Self.names(Configuration.RestartPolicy.self)).")
    var restart: Configuration.RestartPolicy?

    @Option(help: "What checkpoints it has: \(Self.names(CheckpointType.self)).")
    var checkpointType: CheckpointType?

    @Option(help: ArgumentHelp("A text of yours that is kept with it.", valueName: "text"))
    var notes: String?

    @Option(
        help: ArgumentHelp("A label such as env=test, or env= to remove it; may be repeated.", valueName: "name=value"))
    var label: [String] = []

    @Option(
        help: ArgumentHelp(
            "What its guest is told, such as role=web, or role= to tell it no more; may be repeated.",
            valueName: "name=text"))
    var guestValue: [String] = []

    func validate() throws {
        if let cpus, cpus < 1 { throw ValidationError("--cpus \(cpus) is too few; give 1 or more") }
        for text in label where !text.contains("=") || text.hasPrefix("=") {
            throw ValidationError("--label '\(text)' is not NAME=VALUE; give for example env=test")
        }
        for text in guestValue where !text.contains("=") || text.hasPrefix("=") {
            throw ValidationError("--guest-value '\(text)' is not NAME=TEXT; give for example role=web")
        }
    }

    /// What was given, with the rest of each group as it is in the machine; nil for a new machine.
    func settings(of machine: Configuration?) -> VirtualMachineSettings {
        var settings = VirtualMachineSettings(notes: notes, memory: memory, cpus: cpus, secureBoot: secureBoot)
        settings.secureBootTemplate = secureBootTemplate
        settings.tpm = tpm
        settings.bootOrder = bootOrder
        settings.watchdogAction = watchdog
        settings.automaticStopAction = automaticStop
        settings.restartPolicy = restart
        settings.checkpointType = checkpointType
        settings.labels = labels(of: machine)
        settings.guestValues =
            guestValue.isEmpty ? nil : Self.labels(guestValue, over: machine?.guestValues ?? [:])
        settings.processor = processor.changed(machine?.processor)
        dynamicMemory.change(&settings, memory ?? machine?.memory, machine?.dynamicMemory)
        if automaticStart != nil || startDelay != nil {
            let before = machine?.automaticStart ?? .init()
            settings.automaticStart = .init(
                action: automaticStart ?? before.action, delayInSeconds: startDelay ?? before.delayInSeconds)
        }
        return settings
    }

    private func labels(of machine: Configuration?) -> [String: String]? {
        label.isEmpty ? nil : Self.labels(label, over: machine?.labels ?? [:])
    }

    /// `labels`, or values for a guest, with what `texts` say: `NAME=VALUE`, and `NAME=` for one that goes.
    static func labels(_ texts: [String], over labels: [String: String]) -> [String: String] {
        var labels = labels
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            labels[String(parts[0])] = parts[1].isEmpty ? nil : String(parts[1])
        }
        return labels
    }

    private static func bootOrder(_ text: String) throws -> [Configuration.BootDevice] {
        try text.split(separator: ",").map { name in
            guard let device = Configuration.BootDevice(rawValue: String(name)) else {
                throw ValidationError(
                    "'\(name)' is nothing to boot from; use \(names(Configuration.BootDevice.self)), with commas between"
                )
            }
            return device
        }
    }

    static func names<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> String {
        type.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

/// How processors look and what share they get.
struct ProcessorOptions: ParsableArguments {
    typealias Processor = VirtualMachineConfiguration.Processor

    @Option(
        help: ArgumentHelp("How processors are grouped, such as 2x4x2.", valueName: "SxCxT"), transform: Self.topology)
    var cpuTopology: Processor.Topology?

    @Option(help: "Its share of a busy host, relative to other machines: 1 to 10000; 100 by default.")
    var cpuWeight: Int?

    @Option(help: ArgumentHelp("The most of its processors that it may use; 100 by default.", valueName: "percent"))
    var cpuLimit: Int?

    @Option(
        help: ArgumentHelp("What of its processors the host keeps free for it; 0 by default.", valueName: "percent"))
    var cpuReservation: Int?

    @Option(help: "QEMU's name of a processor model, or `host` for all that the host offers.")
    var cpuModel: String?

    @Flag(inversion: .prefixedNo, help: "Let the guest be a virtualization host itself.")
    var nested: Bool?

    @Flag(
        inversion: .prefixedNo, help: "Show the guest only what every 64-bit processor of the last years has.")
    var cpuCompatibility: Bool?

    func changed(_ before: Processor?) -> Processor? {
        let isChanged =
            cpuTopology != nil || cpuWeight != nil || cpuLimit != nil || cpuReservation != nil || cpuModel != nil
            || nested != nil || cpuCompatibility != nil
        guard isChanged else { return nil }
        var new = before ?? Processor()
        new.topology = cpuTopology ?? new.topology
        new.weight = cpuWeight ?? new.weight
        new.limitInPercent = cpuLimit ?? new.limitInPercent
        new.reservationInPercent = cpuReservation ?? new.reservationInPercent
        if let cpuModel { new.model = cpuModel == "host" ? nil : cpuModel }
        new.nested = nested ?? new.nested
        new.compatibility = cpuCompatibility ?? new.compatibility
        return new
    }

    private static func topology(_ text: String) throws -> Processor.Topology {
        let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let sockets = numbers[0], let cores = numbers[1], let threads = numbers[2] else {
            throw ValidationError("'\(text)' is not SOCKETSxCORESxTHREADS; give for example 1x4x2")
        }
        return Processor.Topology(sockets: sockets, cores: cores, threads: threads)
    }
}

/// Memory that follows what the guest demands.
struct DynamicMemoryOptions: ParsableArguments {
    @Option(help: "Make memory dynamic: the least that it may become; half of --memory by default.")
    var memoryMinimum: ByteCount?

    @Option(help: "Make memory dynamic: the most that it may become; --memory by default.")
    var memoryMaximum: ByteCount?

    @Option(help: ArgumentHelp("What it gets beyond its demand: 5 to 2000; 20 by default.", valueName: "percent"))
    var memoryBuffer: Int?

    @Option(help: "Who gets memory first: 0 to 100; 50 by default.")
    var memoryPriority: Int?

    @Flag(help: "Make dynamic memory stay as it is.")
    var staticMemory = false

    private var isChanged: Bool {
        memoryMinimum != nil || memoryMaximum != nil || memoryBuffer != nil || memoryPriority != nil
    }

    func validate() throws {
        if staticMemory, isChanged {
            throw ValidationError("give --static-memory or the options of dynamic memory, not both")
        }
    }

    func change(
        _ settings: inout VirtualMachineSettings, _ memory: ByteCount?,
        _ before: VirtualMachineConfiguration.DynamicMemory?
    ) {
        settings.staticMemory = staticMemory ? true : nil
        guard isChanged else { return }
        let start = memory ?? VirtualMachineRules.defaultMemory
        let half = ByteCount.mebibytes(max(VirtualMachineRules.leastMemoryOfFirmwareInMebibytes, start.bytes >> 21))
        var new = before ?? .init(minimum: min(half, start), maximum: start)
        new.minimum = memoryMinimum ?? new.minimum
        new.maximum = memoryMaximum ?? new.maximum
        new.bufferInPercent = memoryBuffer ?? new.bufferInPercent
        new.priority = memoryPriority ?? new.priority
        settings.dynamicMemory = new
    }
}
