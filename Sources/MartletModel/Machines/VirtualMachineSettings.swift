/// What an administrator chooses of a machine, whether it is made or changed; nil for what is left out.
///
/// Groups (`processor`, `dynamicMemory`, `labels`, ...) are replaced whole: who changes a part of one reads it first, and an update names
/// the revision that was read.
package struct VirtualMachineSettings: Hashable, Sendable, Codable {
    package var notes: String?
    package var labels: [String: String]?
    package var memory: ByteCount?
    /// Makes the memory dynamic.
    package var dynamicMemory: VirtualMachineConfiguration.DynamicMemory?
    /// Makes the memory stay as it is; not together with `dynamicMemory`.
    package var staticMemory: Bool?
    package var cpus: Int?
    package var processor: VirtualMachineConfiguration.Processor?
    package var secureBoot: Bool?
    package var secureBootTemplate: VirtualMachineConfiguration.SecureBootTemplate?
    package var tpm: Bool?
    package var bootOrder: [VirtualMachineConfiguration.BootDevice]?
    package var watchdogAction: VirtualMachineConfiguration.WatchdogAction?
    package var automaticStart: VirtualMachineConfiguration.AutomaticStart?
    package var automaticStopAction: VirtualMachineConfiguration.AutomaticStopAction?
    package var restartPolicy: VirtualMachineConfiguration.RestartPolicy?
    /// The integration services that are off.
    package var disabledServices: [GuestService]?
    /// What the guest is told, by name.
    package var guestValues: [String: String]?
    package var checkpointType: CheckpointType?

    package init(notes: String? = nil, memory: ByteCount? = nil, cpus: Int? = nil, secureBoot: Bool? = nil) {
        self.notes = notes
        self.memory = memory
        self.cpus = cpus
        self.secureBoot = secureBoot
    }
}

extension VirtualMachineSettings {
    /// The configuration with these settings.
    ///
    /// - Throws: `invalidArgument`; `contradictory` for what no machine of its generation can be.
    package func applied(
        to configuration: VirtualMachineConfiguration
    ) throws(MartletError) -> VirtualMachineConfiguration {
        if dynamicMemory != nil, staticMemory == true {
            throw MartletError(.contradictory, "memory can't be static and dynamic at once; give one of them")
        }
        var new = configuration
        new.notes = notes ?? new.notes
        new.labels = labels ?? new.labels
        new.memory = memory ?? new.memory
        new.dynamicMemory = staticMemory == true ? nil : dynamicMemory ?? new.dynamicMemory
        new.cpus = cpus ?? new.cpus
        new.processor = processor ?? new.processor
        new.secureBoot = secureBoot ?? new.secureBoot
        new.secureBootTemplate = secureBootTemplate ?? new.secureBootTemplate
        new.tpm = tpm ?? new.tpm
        new.bootOrder = bootOrder ?? new.bootOrder
        new.watchdogAction = watchdogAction ?? new.watchdogAction
        new.automaticStart = automaticStart ?? new.automaticStart
        new.automaticStopAction = automaticStopAction ?? new.automaticStopAction
        new.restartPolicy = restartPolicy ?? new.restartPolicy
        new.disabledServices =
            disabledServices.map { Set($0).sorted { $0.rawValue < $1.rawValue } } ?? new.disabledServices
        new.guestValues = guestValues ?? new.guestValues
        new.checkpointType = checkpointType ?? new.checkpointType
        try VirtualMachineRules.check(new)
        return new
    }
}

extension VirtualMachineConfiguration {
    /// What differs in another configuration of this machine and can't be changed while its guest runs, as people call it.
    package func changesThatNeedOff(in other: VirtualMachineConfiguration) -> [String] {
        let differences: [(String, Bool)] = [
            ("the memory at start of dynamic memory", dynamicMemory != nil && memory != other.memory),
            ("more memory than it was started with", guestMemory < other.mostMemory && mostMemory != other.mostMemory),
            ("whether memory is dynamic", (dynamicMemory == nil) != (other.dynamicMemory == nil)),
            ("the number of processors", cpus != other.cpus),
            ("the processors' topology", processor.topology != other.processor.topology),
            ("the processors' model", processor.model != other.processor.model),
            ("nested virtualization", processor.nested != other.processor.nested),
            ("the processors' compatibility mode", processor.compatibility != other.processor.compatibility),
            ("Secure Boot", secureBoot != other.secureBoot),
            ("the Secure Boot template", secureBootTemplate != other.secureBootTemplate),
            ("the TPM", tpm != other.tpm),
            ("the boot order", bootOrder != other.bootOrder),
        ]
        return differences.filter(\.1).map(\.0)
    }
}
