import MartletModel

extension QEMUArguments {
    /// Firmware draws on a plain frame buffer, which every guest's boot screen can draw on too; a direct machine has its console alone.
    ///
    /// A viewer that asks to be the only one is shown it beside the others.
    var screen: [String] {
        let display =
            specification.screenSocket.map { ["-vnc", "unix:\(Self.escaped($0)),share=force-shared"] } ?? [
                "-display", "none",
            ]
        guard specification.hasScreen else { return ["-display", "none"] }
        let device: JSONText = [
            "driver": "VGA", "id": "screen0", "bus": "pcie.0", "addr": .string(PCILayout.screenAddress),
        ]
        // UEFI has a driver of its own; BIOS takes the one in the ROM.
        let rom = specification.generation == .uefi ? [JSONText.Member(name: "romfile", value: "")] : []
        return display + ["-device", device.adding(rom).text]
    }

    /// What every Linux and the BSDs drive, and what libvirt's machines have.
    var watchdog: [String] {
        let device: JSONText = [
            "driver": "i6300esb", "id": "watchdog0", "bus": "pcie.0", "addr": .string(PCILayout.watchdogAddress),
        ]
        return ["-device", device.text, "-action", "watchdog=\(specification.watchdogAction.qemuName)"]
    }

    /// CRB is what UEFI and present systems use; SeaBIOS and kernels without firmware find TIS at its fixed address.
    var tpm: [String] {
        guard specification.hasTPM else { return [] }
        let device: JSONText = [
            "driver": specification.generation == .uefi ? "tpm-crb" : "tpm-tis", "id": "tpm-device0", "tpmdev": "tpm0",
        ]
        return [
            "-chardev", "socket,id=tpm,fd=\(specification.tpmDescriptor)",
            "-tpmdev", "emulator,id=tpm0,chardev=tpm",
            "-device", device.text,
        ]
    }
}

extension VirtualMachineConfiguration.WatchdogAction {
    /// As QEMU calls it. `poweroff` ends QEMU at once; `shutdown` would ask a guest that doesn't answer.
    package var qemuName: String {
        switch self {
        case .nothing: "none"
        case .reset: "reset"
        case .turnOff: "poweroff"
        case .pause: "pause"
        }
    }
}
