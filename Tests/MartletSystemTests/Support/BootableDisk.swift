import FoundationEssentials
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport

/// Something for BIOS to boot: a sector that writes a text to the serial port and stops.
enum BootableDisk {
    /// The sector's bytes, up to its mark.
    static func code(_ text: String) -> [UInt8] {
        // cli; mov dx, 0x3F8; for each byte: mov al, byte; out dx, al; at the end: jmp $
        [0xFA, 0xBA, 0xF8, 0x03] + text.utf8.flatMap { [0xB0, $0, 0xEE] as [UInt8] } + [0xEB, 0xFE]
    }

    /// Writes it to the first disk of a machine that is off.
    static func write(_ text: String, to lab: DaemonLab, machine: String) async throws {
        let disk = try await lab.machine(machine).configuration.disks[0].disk
        let path = try await lab.client { try await $0.getDisk("\(disk)") }.path
        let code = code(text)
        let sector = code + [UInt8](repeating: 0, count: 510 - code.count) + [0x55, 0xAA]
        try AtomicFile.write(sector, to: "\(lab.root)/sector", mode: 0o600)
        let image = "\(lab.root)/\(path)"
        try await CommandRunner().run(
            "qemu-img", ["dd", "-f", "raw", "-O", "qcow2", "if=\(lab.root)/sector", "of=\(lab.root)/boot.qcow2"])
        try await CommandRunner().run("qemu-img", ["resize", "-f", "qcow2", "\(lab.root)/boot.qcow2", "8M"])
        try await CommandRunner().run("cp", ["--no-preserve=all", "\(lab.root)/boot.qcow2", image])
    }
}
