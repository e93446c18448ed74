import FoundationEssentials
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// A machine's hardware, through the documented commands and as real guests see it.
    @Suite("A machine's hardware", .serialized)
    struct HardwareTests {
        @Test("a guest has its TPM, is told of its death, and has it back with all it kept after a reset")
        func tpm() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, "--tpm")
                #expect(try await guest.output(of: "cat /sys/class/tpm/tpm0/tpm_version_major").contains("2"))
                let register = try await guest.output(of: "cat /sys/class/tpm/tpm0/pcr-sha256/0")
                #expect(register.contains(/[0-9A-F]{64}/))
                try await lab.kill9()
                try await lab.start()
                #expect(try await lab.machine("hello").status.warnings == nil)
                try Self.tpmProcess(of: lab).signal(9)
                _ = try await eventually("the lost TPM is told") {
                    try await lab.machine("hello")
                } until: {
                    $0.status.warnings?.first?.contains("TPM") == true
                }
                let shown = try await lab.martletSucceeds("vm", "show", "hello")
                #expect(shown.contains("its TPM has ended"))
                #expect(try await guest.output(of: "echo still-$((40+2))").contains("still-42"))
                let before = try await lab.machine("hello").status.processID
                try await lab.martletSucceeds("vm", "reset", "hello")
                _ = try await eventually("it runs again") {
                    try await lab.machine("hello")
                } until: {
                    $0.state == .running && $0.status.processID != before
                }
                try await guest.logIn()
                #expect(try await guest.output(of: "cat /sys/class/tpm/tpm0/pcr-sha256/0").contains(/[0-9A-F]{64}/))
                #expect(try await lab.machine("hello").status.warnings == nil)
                try await lab.martletSucceeds("vm", "stop", "hello", "--turn-off")
                #expect(try await lab.footprint().processes.isEmpty)
            }
        }

        @Test("a TPM that dies while no daemon is there is missed by the next daemon")
        func tpmDiesUnseen() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds("vm", "create", "m", "--memory", "64MiB", "--no-network", "--tpm")
                try await lab.martletSucceeds("vm", "start", "m", "--paused")
                try await lab.kill9()
                try Self.tpmProcess(of: lab).signal(9)
                try await lab.start()
                _ = try await eventually("the lost TPM is told") {
                    try await lab.machine("m")
                } until: {
                    $0.status.warnings?.first?.contains("TPM") == true
                }
                try await lab.martletSucceeds("vm", "stop", "m", "--turn-off")
                try await lab.martletSucceeds("vm", "start", "m", "--paused")
                #expect(try await lab.machine("m").status.warnings == nil)
            }
        }

        @Test("a generation 1 machine boots what is on its disk, and its screen can be saved")
        func generation1() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", "old", "--generation", "1", "--memory", "64MiB", "--no-network", "--disk", "8MiB")
                try await BootableDisk.write("booted from a disk", to: lab, machine: "old")
                try await lab.martletSucceeds("vm", "start", "old")
                _ = try await GuestConsole(lab, "old").wait(for: "booted from a disk")
                try await lab.martletSucceeds("vm", "screenshot", "old", "\(lab.root)/old.png")
                #expect(try await Picture.colours(of: "\(lab.root)/old.png") > 1)
                try await lab.martletSucceeds("vm", "stop", "old", "--turn-off")
            }
        }

        @Test("BIOS asks the network for something to boot when the order says so, and doesn't when not")
        func networkBoot() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", "net", "--generation", "1", "--memory", "64MiB", "--switch", "user",
                    "--boot-order", "network")
                try await lab.martletSucceeds("vm", "start", "net")
                let guest = GuestConsole(lab, "net")
                // QEMU's user-mode network gives an address and has nothing to boot from.
                _ = try await guest.wait(for: "net0: 10.0.2.15")
                try await lab.martletSucceeds("vm", "stop", "net", "--turn-off")
                try await lab.martletSucceeds("vm", "set", "net", "--boot-order", "disk")
                try await lab.martletSucceeds("vm", "start", "net")
                let seen = try await guest.wait(for: "No bootable device")
                #expect(!seen.contains("iPXE"))
            }
        }

        @Test(
            "UEFI asks the network for something to boot, and with Secure Boot on boots the signed loader that it is given"
        )
        func networkBootOfUEFI() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds("switch", "create", "lab", "--kind", "internal", "--no-dhcp")
                try await lab.martletSucceeds(
                    "vm", "create", "net", "--memory", "256MiB", "--switch", "lab", "--boot-order", "network")
                try await lab.martletSucceeds("vm", "start", "net", "--paused")
                let server = try await BootServer(on: lab, switch: "lab", program: "shimx64.efi")
                try server.offer(try SignedDisk.shim, as: "shimx64.efi")
                try server.offer(try SignedDisk.grub, as: "grubx64.efi")
                try await server.run {
                    try await lab.martletSucceeds("vm", "resume", "net")
                    let guest = GuestConsole(lab, "net")
                    #expect(try await guest.wait(for: "NBP file downloaded successfully").contains("PXE over IPv4"))
                    _ = try await guest.wait(for: "grub>")
                }
                try await lab.martletSucceeds("vm", "stop", "net", "--turn-off")
            }
        }

        @Test("UEFI draws on the screen, and a direct machine has none")
        func screenshot() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", "new", "--memory", "128MiB", "--no-network", "--no-secure-boot", "--start")
                _ = try await eventually(within: .seconds(180), "something is drawn") {
                    try await lab.martletSucceeds("vm", "screenshot", "new", "\(lab.root)/new.png")
                    return try await Picture.colours(of: "\(lab.root)/new.png")
                } until: {
                    $0 > 1
                }
                let seen = try await lab.client { client in
                    try await client.attachScreen("new") { try await RemoteFramebuffer.open($0) }
                }
                #expect(try await Picture.size(of: "\(lab.root)/new.png") == seen.size)
                let folder = "\(lab.root)/run/\(try await lab.machine("new").id.short)/screen"
                #expect(try FileEntry.names(in: folder) == ["vnc.sock"])
                try await lab.martletSucceeds("vm", "stop", "new", "--turn-off")
                let off = try await lab.martlet("vm", "screenshot", "new", "-")
                #expect(off.code == 4 && off.errors.contains("start it first"), "\(off)")
                try await lab.createGuest("hello")
                let direct = try await lab.martlet("vm", "screenshot", "hello", "-")
                #expect(direct.code != 0 && direct.errors.contains("vm console"), "\(direct)")
            }
        }

        @Test("a watchdog that runs out does what was chosen, also when that was changed meanwhile")
        func watchdog() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, "--watchdog", "nothing")
                try await guest.type(Self.neglectWatchdog)
                _ = try await eventually("it is told") {
                    try await lab.machine("hello")
                } until: {
                    $0.status.warnings?.first?.contains("watchdog") == true
                }
                #expect(try await lab.machine("hello").state == .running)
                try await lab.martletSucceeds("vm", "set", "hello", "--watchdog", "pause")
                try await guest.type(Self.neglectWatchdog)
                _ = try await eventually("it is paused") {
                    try await lab.machine("hello").state
                } until: {
                    $0 == .paused
                }
                try await lab.martletSucceeds("vm", "resume", "hello")
                try await lab.martletSucceeds("vm", "set", "hello", "--watchdog", "turnOff")
                try await guest.type(Self.neglectWatchdog)
                let off = try await eventually("it is off") {
                    try await lab.machine("hello")
                } until: {
                    $0.state == .off
                }
                #expect(off.status.cause?.code == "watchdog")
            }
        }

        @Test("Debian's signed loader boots with the template for others, and not with that for Windows")
        func secureBootTemplates() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", "s", "--memory", "512MiB", "--no-network", "--disk", "64MiB",
                    "--secure-boot-template", "microsoftWindows")
                try await SignedDisk.write(to: lab, machine: "s")
                let guest = GuestConsole(lab, "s")
                try await lab.martletSucceeds("vm", "start", "s")
                #expect(try await guest.wait(for: "Access Denied").contains("failed to load"))
                let refused = try await lab.martlet(
                    "vm", "set", "s", "--secure-boot-template", "microsoftUEFICertificateAuthority")
                #expect(refused.code == 4 && refused.errors.contains("Secure Boot template"), "\(refused)")
                try await lab.martletSucceeds("vm", "stop", "s", "--turn-off")
                try await lab.martletSucceeds(
                    "vm", "set", "s", "--secure-boot-template", "microsoftUEFICertificateAuthority")
                try await lab.martletSucceeds("vm", "start", "s")
                try await guest.logIn()
                #expect(try await guest.output(of: "dmesg | grep -i 'secure boot'").contains("enabled"))
                try await lab.martletSucceeds("vm", "stop", "s", "--turn-off")
                try await lab.martletSucceeds("vm", "set", "s", "--no-secure-boot")
                try await lab.martletSucceeds("vm", "start", "s")
                try await guest.logIn()
                #expect(try await !guest.output(of: "dmesg | grep -i 'secure boot'").contains("Secure boot enabled"))
            }
        }

        @Test("Secure Boot refuses a loader without a signature, and without Secure Boot it boots")
        func unsignedLoader() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", "u", "--memory", "512MiB", "--no-network", "--disk", "64MiB")
                try await SignedDisk.write(to: lab, machine: "u", isSigned: false)
                let guest = GuestConsole(lab, "u")
                try await lab.martletSucceeds("vm", "start", "u")
                #expect(try await guest.wait(for: "Access Denied").contains("failed to load"))
                try await lab.martletSucceeds("vm", "stop", "u", "--turn-off")
                try await lab.martletSucceeds("vm", "set", "u", "--no-secure-boot")
                try await lab.martletSucceeds("vm", "start", "u")
                _ = try await guest.wait(for: "Linux version")
            }
        }

        @Test(
            "what is in a drive changes under a running guest, and a drive that it has locked is taken by force alone")
        func isoDrives() async throws {
            try await withDaemonLab { lab in
                try await Disc.make("first", on: lab)
                try await Disc.make("second", on: lab)
                let guest = try await GuestConsole.start("hello", on: lab, "--iso", "", "--iso", "first")
                // The first read after a change tells that there was one; what was mounted by itself stands in the way.
                let read =
                    "cat /dev/sr1 >/dev/null 2>&1; umount /dev/sr1; mount -t iso9660 /dev/sr1 /mnt; cat /mnt/name"
                #expect(try await guest.output(of: read).contains("disc first"))
                let locked = try await lab.martlet("iso", "insert", "hello", "second", "--drive", "1")
                #expect(locked.code != 0 && locked.errors.contains("--force"), "\(locked)")
                #expect(try await lab.martletSucceeds("iso", "list", "hello").contains("first"))
                try await lab.martletSucceeds("iso", "insert", "hello", "second", "--drive", "1", "--force")
                #expect(try await guest.output(of: read).contains("disc second"))
                _ = try await guest.output(of: "umount /mnt")
                try await lab.kill9()
                try await lab.start()
                try await lab.martletSucceeds("iso", "insert", "hello", "first", "--drive", "1")
                #expect(try await guest.output(of: read).contains("disc first"))
                _ = try await guest.output(of: "umount /mnt")
                try await lab.martletSucceeds("iso", "eject", "hello", "--drive", "1")
                #expect(try await guest.output(of: "head -c 1 /dev/sr1").contains("No medium"))
                for change in [["add", "hello"], ["remove", "hello", "0"]] {
                    let refused = try await Programs.run("martlet", ["--root", lab.root, "iso"] + change)
                    #expect(refused.code == 4 && refused.errors.contains("ISO drives"), "\(refused)")
                }
                try await lab.martletSucceeds("vm", "stop", "hello", "--turn-off")
                try await lab.martletSucceeds("iso", "remove", "hello", "0")
                try await lab.martletSucceeds("iso", "insert", "hello", "second")
                let inUse = try await lab.martlet("image", "delete", "second", "--yes")
                #expect(inUse.code != 0, "\(inUse)")
                try await lab.martletSucceeds("vm", "start", "hello", "--paused")
                #expect(try await lab.martletSucceeds("iso", "list", "hello").contains("second"))
            }
        }

        @Test("what is named first in the boot order is booted")
        func bootOrder() async throws {
            try await withDaemonLab { lab in
                try await Disc.make("boot", on: lab, bootsWith: "booted from a disc")
                try await lab.martletSucceeds(
                    "vm", "create", "old", "--generation", "1", "--memory", "64MiB", "--no-network", "--disk", "8MiB",
                    "--iso", "boot", "--boot-order", "iso,disk")
                try await BootableDisk.write("booted from a disk", to: lab, machine: "old")
                let guest = GuestConsole(lab, "old")
                try await lab.martletSucceeds("vm", "start", "old")
                _ = try await guest.wait(for: "booted from a disc")
                try await lab.martletSucceeds("vm", "stop", "old", "--turn-off")
                try await lab.martletSucceeds("vm", "set", "old", "--boot-order", "disk,iso")
                try await lab.martletSucceeds("vm", "start", "old")
                #expect(try await !guest.wait(for: "booted from a disk").contains("a disc"))
            }
        }

        @Test("processors look as they were asked to")
        func processors() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start(
                    "hello", on: lab, "--cpus", "4", "--cpu-topology", "2x1x2", "--cpu-compatibility")
                #expect(try await guest.output(of: "grep -c processor /proc/cpuinfo").contains("4"))
                let sockets = try await guest.output(of: "grep 'physical id' /proc/cpuinfo | sort -u | wc -l")
                #expect(sockets.contains("2"))
                #expect(try await guest.output(of: "grep -c sse4_2 /proc/cpuinfo").contains("4"))
                #expect(try await guest.output(of: "grep -cE 'avx|svm|vmx' /proc/cpuinfo").contains("0"))
                let refused = try await lab.martlet("vm", "set", "hello", "--nested", "--no-cpu-compatibility")
                #expect(refused.code == 4, "\(refused)")
                #expect(refused.errors.contains("nested virtualization"), "\(refused)")
                #expect(refused.errors.contains("compatibility mode"), "\(refused)")
                try await lab.martletSucceeds("vm", "stop", "hello", "--turn-off")
                try await lab.martletSucceeds("vm", "set", "hello", "--nested", "--no-cpu-compatibility")
                try await lab.martletSucceeds("vm", "start", "hello")
                try await guest.logIn()
                #expect(try await guest.output(of: "grep -cE 'svm|vmx' /proc/cpuinfo").contains("4"))
                let models = try await lab.martletSucceeds("host", "cpus")
                #expect(models.contains("Nehalem-v1"))
                let unknown = try await lab.martlet("vm", "set", "hello", "--cpu-model", "Pentium9")
                #expect(unknown.errors.contains("martlet host cpus"), "\(unknown)")
            }
        }

        /// A second on the watchdog's clock, and nobody to feed it: the registers of the 6300ESB, as its Linux driver writes them.
        private static let neglectWatchdog = """
            D=/sys/bus/pci/devices/0000:00:10.0; echo 1 > $D/enable; B=$(head -1 $D/resource | cut -d' ' -f1)
            w() { devmem $((B+12)) 16 0x80; devmem $((B+12)) 16 0x86; }
            w; devmem $B 32 500; w; devmem $((B+4)) 32 500
            printf '\\002' | dd of=$D/config bs=1 seek=104 conv=notrunc 2>/dev/null; w; devmem $((B+12)) 16 0x100

            """

        private static func tpmProcess(of lab: DaemonLab) throws -> ProcessIdentity {
            let root = FileEntry.canonical(lab.root)
            let entries = ProcessTable.entries { $0.contains("--tpmstate") }.filter { $0.workingDirectory == root }
            return try ProcessIdentity(processID: try #require(entries.first).processID)
        }
    }
}
