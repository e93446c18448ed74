import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport

/// A disk with Debian's own signed chain: shim, GRUB, and the small guest's kernel.
enum SignedDisk {
    /// Writes it to the first disk of a machine that is off, as a FAT file system over all of it, which UEFI boots from too.
    static func write(to lab: DaemonLab, machine: String) async throws {
        let guest = try Programs.guest()
        let folder = String(guest.kernel[..<(guest.kernel.lastIndex(of: "/") ?? guest.kernel.startIndex)])
        let menu = "linux /vmlinuz console=ttyS0\ninitrd /initrd.img\nboot\n"
        try AtomicFile.write(Array(menu.utf8), to: "\(lab.root)/grub.cfg", mode: 0o600)
        let image = "\(lab.root)/signed.raw"
        let runner = CommandRunner(timeLimit: .seconds(120))
        try await runner.run("qemu-img", ["create", "-q", "-f", "raw", image, "64M"])
        try await runner.run("mformat", ["-i", image, "::"])
        for name in ["EFI", "EFI/BOOT", "EFI/debian"] { try await runner.run("mmd", ["-i", image, "::/\(name)"]) }
        let files = [
            ("\(folder)/shimx64.efi", "EFI/BOOT/BOOTX64.EFI"), ("\(folder)/grubx64.efi", "EFI/BOOT/grubx64.efi"),
            ("\(lab.root)/grub.cfg", "EFI/debian/grub.cfg"), (guest.kernel, "vmlinuz"),
            (guest.initrd ?? "", "initrd.img"),
        ]
        for (source, target) in files { try await runner.run("mcopy", ["-i", image, source, "::/\(target)"]) }
        let disk = try await lab.machine(machine).configuration.disks[0].disk
        let path = try await lab.client { try await $0.getDisk("\(disk)") }.path
        try await runner.run("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", image, "\(image).qcow2"])
        try await runner.run("cp", ["--no-preserve=all", "\(image).qcow2", "\(lab.root)/\(path)"])
    }
}
