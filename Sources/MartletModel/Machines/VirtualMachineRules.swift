/// What a machine may be: the limits that requests are held to, and that the API's document tells.
package enum VirtualMachineRules {
    /// In MiB; a firmware needs some, and 16 TiB is past any host.
    package static let memoryInMebibytes: ClosedRange<Int64> = 16...(16 << 20)
    /// What UEFI needs in MiB to come up at all, measured with OVMF 2022.11 and Secure Boot; below it spins in silence.
    package static let leastMemoryOfFirmwareInMebibytes: Int64 = 64
    /// QEMU 7.2's q35 machine takes 288; 240 is Hyper-V's limit.
    package static let cpus: ClosedRange<Int> = 1...240
    package static let mostDisks = 16
    /// The places for disks: as many as there are ports for, eight to a PCI slot.
    package static let diskSlots: ClosedRange<Int> = 0...63
    package static let mostISODrives = 4
    package static let mostAdapters = 8
    /// In bits a second, whole kilobits: less is no network, more no limit.
    package static let bandwidth: ClosedRange<Int64> = 1_000...1_000_000_000_000
    /// The numbers that IEEE 802.1Q has for VLANs.
    package static let vlans: ClosedRange<Int> = 1...4_094
    package static let processorWeight: ClosedRange<Int> = 1...10_000
    package static let processorLimitInPercent: ClosedRange<Int> = 1...100
    package static let processorReservationInPercent: ClosedRange<Int> = 0...100
    /// Hyper-V's range.
    package static let memoryBufferInPercent: ClosedRange<Int> = 5...2_000
    package static let memoryPriority: ClosedRange<Int> = 0...100
    package static let startDelayInSeconds: ClosedRange<Int> = 0...86_400
    package static let mostLabels = 64
    package static let longestLabelName = 63
    package static let longestLabelValue = 255
    package static let longestNotes = 4_096
    /// The kernel's own limit of its command line on x86 (`COMMAND_LINE_SIZE`) less its end.
    package static let longestAppend = 2_047
    /// In bytes.
    package static let diskCapacity: ClosedRange<Int64> = (1 << 20)...(64 << 40)
    /// The memory of a machine whose creator doesn't say.
    package static let defaultMemory = ByteCount.gibibytes(1)

    /// - Throws: `invalidArgument`.
    package static func check(
        memory: ByteCount, for generation: VirtualMachineConfiguration.Generation
    ) throws(MartletError) {
        let least = generation == .uefi ? leastMemoryOfFirmwareInMebibytes : memoryInMebibytes.lowerBound
        guard memory.bytes % (1 << 20) == 0, (least...memoryInMebibytes.upperBound).contains(memory.bytes >> 20) else {
            throw MartletError(
                .invalidArgument,
                "a memory of \(memory.bytes) bytes can't be given; use a whole number of MiB from \(least) MiB to 16 TiB"
            )
        }
    }

    /// - Throws: `invalidArgument`.
    package static func check(cpus count: Int) throws(MartletError) {
        guard cpus.contains(count) else {
            throw MartletError(
                .invalidArgument, "\(count) processors can't be given; use \(cpus.lowerBound) to \(cpus.upperBound)")
        }
    }

    /// - Throws: `invalidArgument`.
    package static func check(notes: String) throws(MartletError) {
        guard notes.unicodeScalars.count <= longestNotes else {
            throw MartletError(
                .invalidArgument, "the notes have \(notes.count) characters; use at most \(longestNotes)")
        }
    }

    /// - Throws: `invalidArgument`.
    package static func check(diskCapacity capacity: ByteCount) throws(MartletError) {
        guard capacity.bytes % 512 == 0, diskCapacity.contains(capacity.bytes) else {
            throw MartletError(
                .invalidArgument,
                "a disk of \(capacity.bytes) bytes can't be made; use a multiple of 512 from 1 MiB to 64 TiB"
            )
        }
    }

    /// Checks what a new machine is asked to be, apart from what only the host knows (names in use, files, switches).
    ///
    /// - Throws: `invalidArgument`.
    package static func check(_ request: CreateVirtualMachineRequest) throws(MartletError) {
        _ = try ResourceName(request.name)
        let settings = request.settings
        try check(memory: settings.memory ?? defaultMemory, for: request.generation ?? .uefi)
        try check(cpus: settings.cpus ?? 1)
        try check(notes: settings.notes ?? "")
        try checkFirmware(request)
        let disks = request.disks ?? []
        let count = disks.count + (request.image == nil ? 0 : 1)
        guard count <= mostDisks else {
            // Each list alone may have as many: together with the image's they are too many.
            let code: MartletError.Code = disks.count <= mostDisks ? .contradictory : .invalidArgument
            throw MartletError(code, "\(count) disks are too many; use at most \(mostDisks)")
        }
        for case .new(let capacity) in disks { try check(diskCapacity: capacity) }
        if let capacity = request.image?.capacity { try check(diskCapacity: capacity) }
        try request.cloudInit?.check()
        guard (request.isos ?? []).count <= mostISODrives else {
            throw MartletError(
                .invalidArgument, "\(request.isos?.count ?? 0) ISO drives are too many; use at most \(mostISODrives)")
        }
        guard (request.switches ?? []).count <= mostAdapters else {
            throw MartletError(
                .invalidArgument, "\(request.switches?.count ?? 0) adapters are too many; use at most \(mostAdapters)")
        }
    }

    private static func checkFirmware(_ request: CreateVirtualMachineRequest) throws(MartletError) {
        let generation = request.generation ?? .uefi
        switch (generation, request.directBoot) {
        case (.bios, _?), (.uefi, _?):
            throw MartletError(
                .invalidArgument,
                "generation \(generation.rawValue) boots from its disks; leave out the kernel, or use generation direct"
            )
        case (.direct, nil):
            throw MartletError(.invalidArgument, "generation direct needs a kernel; name its file with --kernel")
        case (.uefi, nil), (.bios, nil): break
        case (.direct, let boot?): try check(boot)
        }
        if request.settings.secureBoot == true, generation != .uefi {
            throw MartletError(.invalidArgument, "Secure Boot needs UEFI firmware; use generation 2")
        }
    }

    private static func check(_ boot: VirtualMachineConfiguration.DirectBoot) throws(MartletError) {
        for path in [boot.kernel, boot.initrd].compactMap(\.self) where !path.isAbsolutePath || path.utf8.contains(0) {
            throw MartletError(.invalidArgument, "'\(path)' is not an absolute path on the host; give the whole path")
        }
        guard boot.append.utf8.count <= longestAppend, !boot.append.utf8.contains(0) else {
            throw MartletError(
                .invalidArgument,
                "the kernel's command line can't be passed on; use at most \(longestAppend) bytes and no NUL")
        }
    }
}
