import FoundationEssentials
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// One machine from an image to its end, through the command line alone.
    @Suite("A whole host", .serialized, .timeLimit(.minutes(40)))
    struct WholeHostTests {
        @Test(
            "boots debian-12 with Secure Boot, lets in by ssh, grows its disk, and goes on after a save and after the daemon's death while it saves"
        )
        func scenario() async throws {
            let files = try ScratchFolder()
            try await withDaemonLab(starting: false) { lab in
                try await lab.start(share: nil)
                try await DebianImage.provide(to: lab)
                let login = try await SSHLogin(in: files.path)
                try await lab.martletSucceeds(
                    "vm", "create", "web", "--image", "debian-12", "--ssh-key", login.publicKey, "--memory", "1GiB",
                    "--cpus", "2", "--switch", "nat")
                try await lab.martletSucceeds("vm", "start", "web")
                let guest = Guest(login: login, address: try await address(lab))
                let boot = try await guest.answer("cat /proc/sys/kernel/random/boot_id")
                #expect(boot.count == 36, "\(boot)")
                // Four bytes of attributes, then the variable's own one: 1 for on.
                #expect(try await guest.answer("sudo od -An -tu1 -j4 /sys/firmware/efi/efivars/SecureBoot-*") == "1")

                try await grow(guest, lab)
                try await saveAndGoOn(guest, boot, lab)
                try await killWhileSaving(guest, boot, lab)

                try await lab.martletSucceeds("vm", "stop", "web", "--timeout", "10m")
                #expect(try await machine(lab).state == .off)
                try await lab.martletSucceeds("vm", "delete", "web", "--disks")
            }
        }

        private func grow(_ guest: Guest, _ lab: DaemonLab) async throws {
            // The disc for cloud-init is a disk too, of a few KiB.
            let sizes = "lsblk --bytes --nodeps --noheadings --output SIZE | sort --numeric-sort | tail -1"
            #expect(try await guest.answer(sizes) != "21474836480")
            try await lab.martletSucceeds("disk", "resize", "web-1", "20GiB")
            _ = try await eventually(within: .seconds(120), "the guest sees the disk's new size") {
                try await guest.answer(sizes)
            } until: {
                $0 == "21474836480"
            }
        }

        private func saveAndGoOn(_ guest: Guest, _ boot: String, _ lab: DaemonLab) async throws {
            try await lab.martletSucceeds("vm", "save", "web")
            let saved = try await machine(lab)
            #expect(saved.state == .saved && saved.status.processID == nil)
            try await goOn(guest, boot, lab)
        }

        /// The daemon dies while it writes the guest's memory; the next one has the machine saved or running, and nothing is lost.
        private func killWhileSaving(_ guest: Guest, _ boot: String, _ lab: DaemonLab) async throws {
            try await lab.martletSucceeds("vm", "save", "web", "--no-wait")
            _ = try await eventually("the machine is being saved") {
                try await machine(lab).state
            } until: {
                $0 == .saving || $0 == .saved
            }
            try await lab.kill9()
            try await lab.start(share: nil)
            try await lab.martletSucceeds("vm", "wait", "web", "--state", "saved,running", "--timeout", "5m")
            try await goOn(guest, boot, lab)
        }

        /// Starts the machine unless it runs, and finds the guest that was there before, at its address.
        private func goOn(_ guest: Guest, _ boot: String, _ lab: DaemonLab) async throws {
            if try await machine(lab).state != .running { try await lab.martletSucceeds("vm", "start", "web") }
            #expect(try await address(lab) == guest.address)
            #expect(try await guest.answer("cat /proc/sys/kernel/random/boot_id") == boot)
        }

        private func machine(_ lab: DaemonLab) async throws -> VirtualMachine {
            let text = try await lab.martletSucceeds("vm", "show", "web", "--output", "json")
            return try JSONDecoder().decode(VirtualMachine.self, from: Data(text.utf8))
        }

        /// What `vm show` tells, and `vm list` too.
        private func address(_ lab: DaemonLab) async throws -> String {
            let address = try #require(try await machine(lab).figures?.addresses.first)
            #expect(try await lab.martletSucceeds("vm", "list").contains(address))
            return address
        }
    }
}

/// The machine's guest, reached by ssh.
private struct Guest {
    var login: SSHLogin
    var address: String

    func answer(_ command: String) async throws -> String {
        try await login.run(command, at: address, within: .seconds(900)).filter { !$0.isWhitespace }
    }
}
