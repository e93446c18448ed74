import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport

/// A disk with Debian's own signed chain: shim, GRUB, and the small guest's kernel.
enum SignedDisk {
    /// Debian's shim, which Microsoft signed.
    static var shim: String { get throws { try "\(folder)/shimx64.efi" } }
    /// Debian's GRUB, which Debian signed.
    static var grub: String { get throws { try "\(folder)/grubx64.efi" } }

    private static var folder: String { get throws { FilePathParts(try Programs.guest().kernel).folder } }

    /// Writes it to the first disk of a machine that is off, as a FAT file system over all of it, which UEFI boots from too.
    ///
    /// - Parameter isSigned: whether the first loader has its signature.
    static func write(to lab: DaemonLab, machine: String, isSigned: Bool = true) async throws {
        let guest = try Programs.guest()
        var loader = try BoundedFile.read(try shim, limit: 1 << 24)
        if !isSigned { try removeSignature(&loader) }
        try AtomicFile.write(loader, to: "\(lab.root)/loader.efi", mode: 0o600)
        let menu = "linux /vmlinuz console=ttyS0\ninitrd /initrd.img\nboot\n"
        try AtomicFile.write(Array(menu.utf8), to: "\(lab.root)/grub.cfg", mode: 0o600)
        let image = "\(lab.root)/signed.raw"
        let runner = CommandRunner(timeLimit: .seconds(120))
        try await runner.run("qemu-img", ["create", "-q", "-f", "raw", image, "64M"])
        try await runner.run("mformat", ["-i", image, "::"])
        for name in ["EFI", "EFI/BOOT", "EFI/debian"] { try await runner.run("mmd", ["-i", image, "::/\(name)"]) }
        let files = [
            ("\(lab.root)/loader.efi", "EFI/BOOT/BOOTX64.EFI"), (try grub, "EFI/BOOT/grubx64.efi"),
            ("\(lab.root)/grub.cfg", "EFI/debian/grub.cfg"), (guest.kernel, "vmlinuz"),
            (guest.initrd ?? "", "initrd.img"),
        ]
        for (source, target) in files { try await runner.run("mcopy", ["-i", image, source, "::/\(target)"]) }
        let disk = try await lab.machine(machine).configuration.disks[0].disk
        let path = try await lab.client { try await $0.getDisk("\(disk)") }.path
        try await runner.run("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", image, "\(image).qcow2"])
        try await runner.run("cp", ["--no-preserve=all", "\(image).qcow2", "\(lab.root)/\(path)"])
    }

    /// Takes the signature off a program for UEFI: its directory entry says that there is none (PE format, "Optional Header Data
    /// Directories", the certificate table).
    private static func removeSignature(_ program: inout [UInt8]) throws {
        func number(at offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(program[offset + $1]) << (8 * $1) } }
        let optionalHeader = number(at: 0x3c) + 24
        let entry = optionalHeader + 112 + 4 * 8
        guard program[optionalHeader] == 0x0b, program[optionalHeader + 1] == 0x02, number(at: entry + 4) > 0 else {
            throw MartletError(.internal, "this loader is no 64-bit program with a signature")
        }
        program.replaceSubrange(entry..<entry + 8, with: repeatElement(0, count: 8))
    }
}
