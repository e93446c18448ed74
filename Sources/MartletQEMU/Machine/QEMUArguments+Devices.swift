import MartletModel

extension QEMUArguments {
    /// Every root port, before the devices that are put on them: one for each slot that a device may be plugged into later.
    var ports: [String] {
        let limit = MachineSpecification.Limit.self
        let adapters = (0..<PCILayout.ports(for: specification.adapters.map(\.slot), most: limit.adapters))
            .map(PCILayout.adapterPort)
        let disks = (0..<PCILayout.ports(for: specification.disks.map(\.slot), most: limit.disks))
            .map(PCILayout.diskPort)
        let seed = specification.seed == nil ? [] : [PCILayout.seedPort]
        let all =
            [
                PCILayout.entropyPort, PCILayout.sparePort, PCILayout.vsockPort, PCILayout.balloonPort,
                PCILayout.guestPort,
            ] + adapters + disks + seed
        return all.flatMap { ["-device", $0.device.text] }
    }

    /// Random numbers, the report of a panic, and the generation id.
    var entropy: [String] {
        let source: JSONText = ["qom-type": "rng-builtin", "id": "entropy"]
        let device: JSONText = [
            "driver": "virtio-rng-pci", "id": "entropy0", "rng": "entropy", "bus": .string(PCILayout.entropyPort.name),
        ]
        let panic: JSONText = ["driver": "pvpanic", "id": "panic0"]
        let generation: JSONText = [
            "driver": "vmgenid", "id": "generation0",
            "guid": .string(specification.generationID ?? specification.id.description),
        ]
        return [
            "-object", source.text, "-device", device.text, "-device", panic.text, "-device", generation.text,
        ]
    }

    var disks: [String] {
        specification.disks.enumerated().flatMap { index, disk in
            [
                "-blockdev", Self.node(of: disk).text, "-device",
                Self.device(of: disk, boot: bootIndex(of: .disk, at: index)).text,
            ]
        }
    }

    /// Thin disks: what the guest discards or fills with zeros goes back to the host.
    ///
    /// `backing` is said in any case, null or what the disk is known to lie over: an image must not name another file of the
    /// host that QEMU then reads for the guest. What isn't qcow2 names none.
    static func node(of disk: MachineSpecification.DiskDevice) -> JSONText {
        written(disk.top, of: disk.id, over: layers(of: disk)[...])
    }

    /// A file that is written to, over the nodes that are given; `nil` for one that gets them from QEMU when it takes the place
    /// of what they are.
    static func written(_ file: DiskFile, of disk: ID<Disk>, over below: ArraySlice<JSONText>) -> JSONText {
        let node: JSONText = [
            "driver": .string(file.format.rawValue), "node-name": .string(file.nodeName(of: disk)), "read-only": false,
            "auto-read-only": false, "discard": "unmap", "detect-zeroes": "unmap",
            "cache": ["direct": false, "no-flush": false],
            "file": [
                "driver": "file", "node-name": .string(file.fileNodeName(of: disk)), "filename": .string(file.path),
                "read-only": false, "auto-read-only": false, "discard": "unmap", "locking": "on", "aio": "threads",
                "cache": ["direct": false, "no-flush": false],
            ],
        ]
        return file.format == .qcow2 ? node.adding("backing", stacked(below)) : node
    }

    private static func layers(of disk: MachineSpecification.DiskDevice) -> [JSONText] {
        disk.layers.map { layer($0, of: disk.id) } + (disk.backing.map { [image($0, behind: disk)] } ?? [])
    }

    /// Each node over those after it.
    private static func stacked(_ nodes: ArraySlice<JSONText>) -> JSONText {
        guard let first = nodes.first else { return nil }
        // A raw file lies over nothing, and is the last.
        return nodes.count == 1 ? first : first.adding("backing", stacked(nodes.dropFirst()))
    }

    /// A layer of the disk, read-only until QEMU writes another into it: then its file is opened for that, which
    /// `auto-read-only` of the file's node allows (QEMU's `file-posix` driver).
    private static func layer(_ file: DiskFile, of disk: ID<Disk>) -> JSONText {
        [
            "driver": .string(file.format.rawValue), "node-name": .string(file.nodeName(of: disk)), "read-only": true,
            "auto-read-only": false, "discard": "unmap",
            "file": [
                "driver": "file", "node-name": .string(file.fileNodeName(of: disk)), "filename": .string(file.path),
                "read-only": false, "auto-read-only": true, "discard": "unmap", "locking": "on", "aio": "threads",
            ],
        ]
    }

    /// The image behind a linked copy, for reading alone; any number of machines have it open.
    private static func image(_ path: String, behind disk: MachineSpecification.DiskDevice) -> JSONText {
        [
            "driver": "qcow2", "node-name": .string(disk.backingNodeName), "read-only": true, "auto-read-only": false,
            "backing": nil,
            "file": [
                "driver": "file", "node-name": .string(disk.backingFileNodeName), "filename": .string(path),
                "read-only": true, "auto-read-only": false, "locking": "on", "aio": "threads",
            ],
        ]
    }

    /// The disc for cloud-init: a small disk that can't be written and isn't booted from. cloud-init finds it by its
    /// label, on whatever kind of device.
    var seed: [String] {
        guard let path = specification.seed else { return [] }
        let node: JSONText = [
            "driver": "raw", "node-name": "seed", "read-only": true, "auto-read-only": false,
            "file": [
                "driver": "file", "node-name": "seed-file", "filename": .string(path), "read-only": true,
                "auto-read-only": false, "locking": "on",
            ],
        ]
        let device: JSONText = [
            "driver": "virtio-blk-pci", "id": "seed0", "drive": "seed", "bus": .string(PCILayout.seedPort.name),
            "serial": "seed",
        ]
        return ["-blockdev", node.text, "-device", device.text]
    }

    /// An I/O error stops the machine rather than failing the guest's file system.
    ///
    /// - Parameter boot: its place in the boot order; nothing for a disk that comes while the machine runs.
    static func device(of disk: MachineSpecification.DiskDevice, boot: [JSONText.Member] = []) -> JSONText {
        let device: JSONText = [
            "driver": "virtio-blk-pci", "id": .string(disk.deviceID), "drive": .string(disk.nodeName),
            "bus": .string(PCILayout.diskPort(disk.slot).name), "serial": .string(disk.serial),
            "write-cache": "on", "werror": "stop", "rerror": "stop",
        ]
        return device.adding(boot)
    }

    var adapters: [String] {
        var tap = specification.firstTapDescriptor
        return specification.adapters.enumerated().flatMap { index, adapter in
            let network = Self.network(adapter.backend, at: adapter.slot, nextTap: &tap)
            return ["-netdev", network.text, "-device", bootableDevice(of: adapter, position: index).text]
        }
    }

    /// A tap comes as a descriptor, so that QEMU's user needs neither `/dev/net/tun` nor a capability.
    private static func network(
        _ backend: MachineSpecification.AdapterDevice.Backend,
        at slot: Int,
        nextTap: inout Int32
    ) -> JSONText {
        switch backend {
        case .user: return ["type": "user", "id": "network\(slot)"]
        case .tap:
            defer { nextTap += 1 }
            return ["type": "tap", "id": "network\(slot)", "fd": "\(nextTap)"]
        }
    }

    /// Only BIOS takes its network boot from an option ROM: UEFI has its own driver, and a direct machine doesn't boot from a network.
    private func bootableDevice(of adapter: MachineSpecification.AdapterDevice, position: Int) -> JSONText {
        let bootsFromNetwork = specification.generation == .bios && specification.bootOrder.contains(.network)
        let device = Self.device(of: adapter, optionROM: bootsFromNetwork ? "pxe-virtio.rom" : "")
        return specification.generation == .direct ? device : device.adding(bootIndex(of: .network, at: position))
    }

    static func device(of adapter: MachineSpecification.AdapterDevice, optionROM: String = "") -> JSONText {
        [
            "driver": "virtio-net-pci", "id": .string(adapter.deviceID), "netdev": "network\(adapter.slot)",
            "mac": .string(adapter.hardwareAddress), "bus": .string(PCILayout.adapterPort(adapter.slot).name),
            "romfile": .string(optionROM),
        ]
    }
}
