import FoundationEssentials
import MartletModel

@testable import MartletQEMU

/// Machines and disks to vary.
enum Samples {
    static func id<Entity>(_ number: Int) -> ID<Entity> {
        let digits = String(number, radix: 16)
        let text = "6ba7b810-9dad-11d1-80b4-\(String(repeating: "0", count: 12 - digits.count))\(digits)"
        return ID(UUID(uuidString: text) ?? UUID())
    }

    /// Ids that differ from the first digits on, as random ones do.
    static func disk(_ number: Int) -> MachineSpecification.DiskDevice {
        let digits = String(0x1000_0000 + number, radix: 16)
        let uuid = UUID(uuidString: "\(digits)-9dad-11d1-80b4-00c04fd430c8") ?? UUID()
        return .init(id: ID(uuid), slot: number, path: "disks/data-\(number).qcow2", format: .qcow2)
    }

    static func uefi(secureBoot: Bool = true) -> MachineSpecification {
        let kind = secureBoot ? ".ms.fd" : ".fd"
        return MachineSpecification(
            id: id(1), name: "web", generation: .uefi, secureBoot: secureBoot, memory: .mebibytes(256), cpus: 2,
            accelerator: .tcg, firmwareCode: "/usr/share/OVMF/OVMF_CODE_4M\(kind)",
            firmwareVariables: "machines/web-1/firmware.fd"
        )
    }

    static func bios() -> MachineSpecification {
        MachineSpecification(
            id: id(3), name: "old", generation: .bios, secureBoot: false, memory: .mebibytes(64), cpus: 2,
            accelerator: .tcg
        )
    }

    static func direct() -> MachineSpecification {
        MachineSpecification(
            id: id(2), name: "appliance", generation: .direct, secureBoot: false, memory: .mebibytes(64), cpus: 1,
            accelerator: .tcg
        )
    }
}
