import MartletModel

extension QEMUArguments {
    /// Where the firmware tries a device: as the boot order says, and those of a kind one after the other; nothing for a kind that isn't
    /// booted from.
    func bootIndex(of kind: VirtualMachineConfiguration.BootDevice, at position: Int) -> [JSONText.Member] {
        guard let rank = specification.bootOrder.firstIndex(of: kind) else { return [] }
        return [.init(name: "bootindex", value: .integer(Int64(rank * Self.mostOfAKind + position + 1)))]
    }

    /// More than there can be devices of one kind.
    private static let mostOfAKind = 100

    /// The ISO drives, on a controller that Linux, Windows and both firmwares drive without anything being installed.
    ///
    /// The board's own AHCI would be the plainer choice, but Debian's cloud kernel (6.1) has no driver for it; it has one for PIIX.
    var isoDrives: [String] {
        guard !specification.isoDrives.isEmpty else { return [] }
        let controller: JSONText = [
            "driver": "piix3-ide", "id": "iso-controller", "bus": "pcie.0",
            "addr": .string(PCILayout.isoControllerAddress),
        ]
        return ["-device", controller.text]
            + specification.isoDrives.enumerated().flatMap { index, drive in
                let medium = drive.path.map { ["-blockdev", Self.medium(named: drive.nodeName, $0).text] } ?? []
                return medium + ["-device", device(of: drive, position: index).text]
            }
    }

    private func device(of drive: MachineSpecification.ISODevice, position: Int) -> JSONText {
        let device: JSONText = [
            "driver": "ide-cd", "id": .string(drive.deviceID), "bus": "iso-controller.\(drive.slot / 2)",
            "unit": .integer(Int64(drive.slot % 2)),
        ]
        let medium = drive.path == nil ? [] : [JSONText.Member(name: "drive", value: .string(drive.nodeName))]
        return device.adding(medium + bootIndex(of: .iso, at: position))
    }

    /// Read alone and never probed: whatever the file holds, it is read as the sectors of a disc.
    static func medium(named name: String, _ path: String) -> JSONText {
        [
            "driver": "raw", "node-name": .string(name), "read-only": true, "auto-read-only": false,
            "file": [
                "driver": "file", "filename": .string(path), "read-only": true, "auto-read-only": false,
                "locking": "on",
            ],
        ]
    }
}
