extension VirtualMachineRules {
    /// Checks what a machine is to be, its parts against each other too.
    ///
    /// - Throws: `invalidArgument`, `contradictory`.
    package static func check(_ configuration: VirtualMachineConfiguration) throws(MartletError) {
        try check(configuration.memory, of: configuration)
        try check(cpus: configuration.cpus)
        try check(notes: configuration.notes)
        try check(labels: configuration.labels)
        try GuestValueRules.check(configuration.guestValues)
        try check(configuration.processor, cpus: configuration.cpus)
        if let dynamic = configuration.dynamicMemory { try check(dynamic, of: configuration) }
        try checkFirmware(configuration)
        try check(
            "a start delay of", configuration.automaticStart.delayInSeconds, in: startDelayInSeconds, unit: "seconds")
    }

    /// - Throws: `invalidArgument`.
    package static func check(labels: [String: String]) throws(MartletError) {
        guard labels.count <= mostLabels else {
            throw MartletError(.invalidArgument, "\(labels.count) labels are too many; use at most \(mostLabels)")
        }
        for (name, value) in labels {
            guard isLabelName(name) else {
                throw MartletError(
                    .invalidArgument,
                    "a label can't be called '\(name)'; use 1 to \(longestLabelName) letters, digits, '-', '_', '.' and '/'"
                )
            }
            guard value.unicodeScalars.count <= longestLabelValue, isLabelValue(value) else {
                throw MartletError(
                    .invalidArgument,
                    "the label '\(name)' can't have this value; use at most \(longestLabelValue) characters that can be seen"
                )
            }
        }
    }

    package static func isLabelName(_ name: String) -> Bool {
        (1...longestLabelName).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                    || "-_./".unicodeScalars.contains(scalar)
            }
    }

    package static func isLabelValue(_ value: String) -> Bool {
        value.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    private static func check(
        _ processor: VirtualMachineConfiguration.Processor, cpus: Int
    ) throws(MartletError) {
        try check("a processor weight of", processor.weight, in: processorWeight)
        try check("a processor limit of", processor.limitInPercent, in: processorLimitInPercent, unit: "percent")
        try check(
            "a processor reservation of", processor.reservationInPercent, in: processorReservationInPercent,
            unit: "percent")
        guard processor.reservationInPercent <= processor.limitInPercent else {
            throw MartletError(
                .contradictory,
                "a processor reservation of \(processor.reservationInPercent) percent is past the limit of \(processor.limitInPercent)"
            )
        }
        if let topology = processor.topology { try check(topology, cpus: cpus) }
        if let model = processor.model { try check(processorModel: model) }
        if processor.model != nil, processor.compatibility {
            throw MartletError(
                .contradictory, "compatibility mode chooses the processor's model itself; give one of the two")
        }
    }

    private static func check(
        _ topology: VirtualMachineConfiguration.Processor.Topology, cpus count: Int
    ) throws(MartletError) {
        let parts = [topology.sockets, topology.cores, topology.threads]
        guard parts.allSatisfy({ cpus.contains($0) }), topology.count == count else {
            throw MartletError(
                .contradictory,
                "\(topology.sockets) sockets of \(topology.cores) cores with \(topology.threads) threads aren't \(count) processors; make both agree"
            )
        }
    }

    /// A name as QEMU has them, and nothing that QEMU would read as more than a name.
    private static func check(processorModel model: String) throws(MartletError) {
        let isName = model.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                || "-_.".unicodeScalars.contains(scalar)
        }
        guard isName, (1...64).contains(model.utf8.count) else {
            throw MartletError(.invalidArgument, "'\(model)' is no processor model; `martlet host show` lists them")
        }
    }

    private static func check(
        _ dynamic: VirtualMachineConfiguration.DynamicMemory, of configuration: VirtualMachineConfiguration
    ) throws(MartletError) {
        try check("a memory buffer of", dynamic.bufferInPercent, in: memoryBufferInPercent, unit: "percent")
        try check("a memory priority of", dynamic.priority, in: memoryPriority)
        for memory in [dynamic.minimum, dynamic.maximum] { try check(memory, of: configuration) }
        if configuration.processor.nested {
            throw MartletError(
                .contradictory,
                "dynamic memory and nested virtualization don't go together: a hypervisor in the guest hides what its own guests demand; give --static-memory or --no-nested"
            )
        }
        guard dynamic.minimum <= configuration.memory, configuration.memory <= dynamic.maximum else {
            throw MartletError(
                .contradictory,
                "memory of \(configuration.memory) at start is not between the minimum of \(dynamic.minimum) and the maximum of \(dynamic.maximum)"
            )
        }
    }

    /// What is memory enough for some machines and not for one of this generation contradicts the generation.
    private static func check(
        _ memory: ByteCount, of configuration: VirtualMachineConfiguration
    ) throws(MartletError) {
        try check(memory: memory, for: .direct)
        do { try check(memory: memory, for: configuration.generation) } catch {
            throw MartletError(.contradictory, error.message)
        }
    }

    private static func checkFirmware(_ configuration: VirtualMachineConfiguration) throws(MartletError) {
        if configuration.secureBoot, configuration.generation != .uefi {
            throw MartletError(.contradictory, "Secure Boot needs UEFI firmware; use generation 2")
        }
        guard Set(configuration.bootOrder).count == configuration.bootOrder.count, !configuration.bootOrder.isEmpty
        else {
            throw MartletError(
                .contradictory, "a boot order names each of disk, iso and network at most once, and one at least")
        }
    }

    private static func check(
        _ what: String, _ value: Int, in range: ClosedRange<Int>, unit: String = ""
    ) throws(MartletError) {
        guard !range.contains(value) else { return }
        let text = unit.isEmpty ? "\(value)" : "\(value) \(unit)"
        throw MartletError(
            .invalidArgument, "\(what) \(text) can't be given; use \(range.lowerBound) to \(range.upperBound)")
    }
}
