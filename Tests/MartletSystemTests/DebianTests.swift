import FoundationEssentials
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// The image `debian-12` as a user has it: built, booted with Secure Boot, reached through the NAT switch by ssh.
    @Suite("Debian 12", .serialized, .timeLimit(.minutes(30)))
    struct DebianTests {
        @Test(
            "it boots with Secure Boot, lets the key in through the NAT switch, has grown its disk, and boots with a BIOS too"
        )
        func secureBootAndSSH() async throws {
            let files = try ScratchFolder()
            try await withDaemonLab(starting: false) { lab in
                try await lab.start(share: nil)
                try await DebianImage.provide(to: lab)
                let login = try await SSHLogin(in: files.path)
                try Data("#cloud-config\nruncmd:\n- [touch, /var/lib/ran]\n".utf8).write(
                    to: URL(filePath: "\(files.path)/user"))
                try await lab.martletSucceeds(
                    "vm", "create", "web", "--image", "debian-12", "--disk-size", "8GiB", "--ssh-key",
                    login.publicKey, "--user-data", "\(files.path)/user", "--cpus", "2", "--memory", "1GiB",
                    "--switch", "nat", "--install-services", "--start")
                let address = try await lease(of: try await lab.machine("web"), lab)
                let facts = try await login.run(
                    """
                    hostname; sudo od -An -tu1 -j4 /sys/firmware/efi/efivars/SecureBoot-*; df --output=size -B1M / | tail -1
                    cloud-init status --wait >/dev/null; sudo passwd --status root; ls /var/lib/ran; cat /etc/machine-id
                    sudo grep -o 'martlet-guest .* is installed' /var/log/cloud-init-output.log
                    """, at: address, within: .seconds(900)
                ).split(separator: "\n").map { $0.trimmingCharacters() }
                #expect(facts.first == "web", "\(facts)")
                #expect(facts[1] == "1", "Secure Boot is not on: \(facts)")
                #expect(Int(facts[2]).map { $0 > 6_500 } == true, "the root file system did not grow: \(facts)")
                #expect(facts[3].hasPrefix("root L"), "root has a password: \(facts)")
                #expect(facts[4] == "/var/lib/ran" && facts[5].count == 32, "\(facts)")
                #expect(facts.last == "martlet-guest \(martletVersion) is installed", "\(facts)")
                try await lab.martletSucceeds("vm", "stop", "web", "--timeout", "300s")
                #expect(try await lab.machine("web").state == .off)
                try await lab.martletSucceeds("vm", "delete", "web", "--disks")
                try await lab.martletSucceeds(
                    "vm", "create", "old", "--generation", "1", "--image", "debian-12", "--cpus", "2", "--memory",
                    "1GiB", "--no-network", "--start")
                let shown = try await GuestConsole(lab, "old").wait(for: "old login:")
                #expect(shown.contains("SeaBIOS") && !shown.contains("Secure boot enabled"))
            }
        }

        /// The address that the switch's DHCP server has given the machine.
        private func lease(of machine: VirtualMachine, _ lab: DaemonLab) async throws -> String {
            let hardware = try #require(machine.configuration.adapters.first).hardwareAddress
            return try await eventually(within: .seconds(900), "the machine has an address") { () -> String? in
                for name in try FileEntry.names(in: "\(lab.root)/switches") {
                    let file = "\(lab.root)/switches/\(name)/leases"
                    guard FileEntry.exists(file) else { continue }
                    for line in try BoundedFile.readText(file).split(separator: "\n") {
                        let words = line.split(separator: " ")
                        if words.count > 2, words[1] == hardware { return String(words[2]) }
                    }
                }
                return nil
            } until: {
                $0 != nil
            } ?? ""
        }
    }
}

extension StringProtocol {
    fileprivate func trimmingCharacters() -> String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
