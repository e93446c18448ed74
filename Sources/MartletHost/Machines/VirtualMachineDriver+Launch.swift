import MartletLinux
import MartletModel
import MartletQEMU

/// How the machine's QEMU is started, and from what.
extension VirtualMachineDriver {
    /// Starts QEMU, stopped, unless it runs; to go on from the machine's saved state with `isRestored`.
    func launch(isRestored: Bool = false) async throws(MartletError) {
        guard !isAlive else { return }
        let installation = try tools.requireQEMU()
        var specification = try specification()
        specification.isRestored = isRestored
        try Folder.make(tools.layout.runFolder(of: id), mode: Self.runFolderMode)
        try makeScreenFolder()
        try rotateLogs()
        let vsock = try takeVsock(isRestored: isRestored)
        specification.vsockContext = vsock?.context
        let identity = try QEMULaunch.start(
            specification,
            installation: installation,
            root: tools.layout.root,
            log: tools.layout.absolute(configuration.relativeLog),
            qmpSocket: tools.layout.qmpSocket(of: id),
            consoleSocket: tools.layout.consoleSocket(of: id),
            guestSocket: tools.layout.guestSocket(of: id),
            tpmSocket: tools.layout.tpmSocket(of: id),
            vsock: vsock?.descriptor,
            user: try tools.requireGuestUser()?.name
        )
        hold(identity)
        placeInGroup(identity)
    }

    /// Takes a process as this machine's QEMU and waits for its end.
    func hold(_ identity: ProcessIdentity) {
        if process != identity { keptSlots = [] }
        process = identity
        vsockContext = readVsockMark()
        tools.limitLog(tools.layout.absolute(configuration.relativeLog))
        shutdown = nil
        storageFault = nil
        warnings = [:]
        let age = identity.age.components
        let now = tools.environment.now()
        started = Moment(milliseconds: now.milliseconds - age.seconds * 1_000 - age.attoseconds / 1_000_000_000_000_000)
        restarts.heldSince = ContinuousClock.now - identity.age
        Task {
            let exit = await identity.waitForExit()
            await self.processExited(identity, exit)
        }
        publish()
    }

    /// What QEMU is started as, from what is wanted of the machine.
    func specification() throws(MartletError) -> MachineSpecification {
        let firmware = configuration.generation == .uefi ? try Firmware.find(secureBoot: configuration.secureBoot) : nil
        var specification = MachineSpecification(
            id: id,
            name: configuration.name,
            generation: configuration.generation,
            secureBoot: configuration.secureBoot,
            memory: configuration.guestMemory,
            cpus: configuration.cpus,
            accelerator: tools.accelerator,
            firmwareCode: firmware?.codePath,
            firmwareVariables: firmware == nil ? nil : configuration.relativeFirmwareVariables,
            kernel: configuration.directBoot == nil ? nil : configuration.relativeKernel,
            initrd: configuration.directBoot?.initrd == nil ? nil : configuration.relativeInitrd,
            append: configuration.directBoot?.append ?? "",
            disks: try tools.disks.devices(configuration.disks),
            seed: configuration.hasSeed ? configuration.relativeSeed : nil,
            adapters: try tools.switches.devices(configuration),
            machineType: configuration.machineType,
            generationID: configuration.generationID
        )
        specification.processor = configuration.processor
        specification.nestedExtension = tools.nestedExtension
        specification.bootOrder = configuration.bootOrder
        specification.isoDrives = try isoDevices()
        specification.watchdogAction = configuration.watchdogAction
        specification.hasTPM = configuration.tpm
        specification.screenSocket = tools.layout.relativeScreenSocket(of: id)
        return specification
    }

    /// Each start has logs of its own, QEMU's and the console's; the ones before are kept.
    private func rotateLogs() throws(MartletError) {
        let console = tools.layout.absolute(configuration.relativeConsoleLog)
        try Folder.removeTree("\(console).1")
        for log in [tools.layout.absolute(configuration.relativeLog), console] {
            try FileEntry.renameIfPresent(log, to: "\(log).previous")
        }
    }
}
