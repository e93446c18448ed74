package import MartletModel

/// Makes QEMU's arguments from a specification; the same specification always gives the same arguments.
package struct QEMUArguments {
    /// The arguments after the program's name.
    ///
    /// The machine always starts stopped (`-S`), and QEMU ends when its guest powers off.
    /// - Throws: `invalidArgument` for a specification that makes no machine.
    package static func make(_ specification: MachineSpecification) throws(MartletError) -> [String] {
        try specification.validate()
        return QEMUArguments(specification: specification).arguments
    }

    let specification: MachineSpecification

    private var arguments: [String] {
        identity + process + machine + firmware + kernel + clockAndActions + monitor + ports + console + guest + vsock
            + screen
            + entropy + balloon + watchdog + tpm + disks + seed + isoDrives + adapters
    }

    /// No default devices, no configuration files of the host's administrator, and no running before it was checked.
    private var identity: [String] {
        [
            "-nodefaults", "-no-user-config", "-S",
            "-name", "guest=\(Self.escaped(specification.name)),debug-threads=on",
            "-uuid", specification.id.description,
        ] + (specification.isRestored ? ["-incoming", "defer"] : [])
    }

    private var process: [String] {
        [
            "-msg", "timestamp=on",
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        ]
    }

    /// Shared memory in a memfd, so that other processes can be given the guest's memory (vhost-user) and checkpoints
    /// taken of it.
    private var machine: [String] {
        let mebibytes = specification.memory.bytes >> 20
        let backend: JSONText = [
            "qom-type": "memory-backend-memfd", "id": "memory", "size": .integer(specification.memory.bytes),
            "share": true,
        ]
        return ["-machine", machineProperties.joined(separator: ",")] + processors + [
            "-m", "size=\(mebibytes)M",
            "-object", backend.text,
            "-boot", "strict=on",
        ]
    }

    /// `dump-guest-core` off keeps the guest's memory out of core files; nothing needs VMware's port.
    private var machineProperties: [String] {
        let common = [
            "type=\(Self.escaped(specification.machineType))", "memory-backend=memory", "vmport=off",
            "dump-guest-core=off",
        ]
        switch specification.generation {
        // `graphics` off is what makes SeaBIOS write to the serial console; a screen, if there is one, shows it too.
        case .bios, .direct: return common + ["graphics=off"]
        case .uefi:
            // System management mode is what protects the variables that Secure Boot trusts.
            let mode = specification.secureBoot ? ["smm=on"] : ["smm=off"]
            return common + mode + ["pflash0=firmware-code", "pflash1=firmware-variables"]
        }
    }

    private var firmware: [String] {
        guard let code = specification.firmwareCode, let variables = specification.firmwareVariables else { return [] }
        let protection = ["-global", "driver=cfi.pflash01,property=secure,value=on"]
        return (specification.secureBoot ? protection : []) + [
            "-blockdev", Self.flash("firmware-code", code, readOnly: true).text,
            "-blockdev", Self.flash("firmware-variables", variables, readOnly: false).text,
        ]
    }

    private static func flash(_ name: String, _ path: String, readOnly: Bool) -> JSONText {
        [
            "driver": "raw", "node-name": .string(name), "read-only": .bool(readOnly), "auto-read-only": false,
            "file": [
                "driver": "file", "node-name": .string("\(name)-file"), "filename": .string(path),
                "read-only": .bool(readOnly), "auto-read-only": false, "locking": "on",
            ],
        ]
    }

    private var kernel: [String] {
        guard let kernel = specification.kernel else { return [] }
        let initrd = specification.initrd.map { ["-initrd", $0] } ?? []
        let append = specification.append.isEmpty ? [] : ["-append", specification.append]
        return ["-kernel", kernel] + initrd + append
    }

    /// A guest must not sleep, since nobody would wake it; and a panic is reported, while what follows is the guest's
    /// own choice: a dump, a restart, or nothing.
    private var clockAndActions: [String] {
        [
            "-rtc", "base=utc",
            "-global", "driver=ICH9-LPC,property=disable_s3,value=1",
            "-global", "driver=ICH9-LPC,property=disable_s4,value=1",
            "-action", "panic=none",
        ]
    }

    private var monitor: [String] {
        [
            "-chardev", "socket,id=qmp,fd=\(specification.qmpDescriptor),server=on,wait=off",
            "-mon", "chardev=qmp,mode=control",
        ]
    }

    private var console: [String] {
        let serial: JSONText = ["driver": "isa-serial", "id": "serial0", "chardev": "console", "index": 0]
        return [
            "-chardev", "socket,id=console,fd=\(specification.consoleDescriptor),server=on,wait=off",
            "-device", serial.text,
        ]
    }

    /// The port that the guest's integration services serve.
    private var guest: [String] {
        let controller: JSONText = [
            "driver": "virtio-serial-pci", "id": "guest0", "bus": .string(PCILayout.guestPort.name), "max_ports": 2,
        ]
        let port: JSONText = [
            "driver": "virtserialport", "id": .string(QMPEvent.guestServicesPort), "bus": "guest0.0", "nr": 1,
            "chardev": "guest",
            "name": .string(GuestContract.portName),
        ]
        return [
            "-chardev", "socket,id=guest,fd=\(specification.guestDescriptor),server=on,wait=off",
            "-device", controller.text, "-device", port.text,
        ]
    }

    /// vsock, which the kernel carries: the device comes open, with the context id taken, so that QEMU's user needs no right to it.
    private var vsock: [String] {
        guard let context = specification.vsockContext else { return [] }
        let device: JSONText = [
            "driver": "vhost-vsock-pci", "id": "vsock0", "guest-cid": .integer(Int64(context)),
            "vhostfd": "\(specification.vsockDescriptor)", "bus": .string(PCILayout.vsockPort.name),
        ]
        return ["-device", device.text]
    }

    /// Commas are doubled where QEMU reads `key=value,key=value`.
    static func escaped(_ text: String) -> String {
        text.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
    }
}
