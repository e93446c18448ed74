import FoundationEssentials
import MartletLinux
package import MartletModel
import MartletQEMU

/// What there is to know about this host.
package struct HostInformation: Sendable {
    let id: ID<Host>
    /// As the kernel has it.
    package let hostName: String
    let layout: RootLayout
    let facts: HostFacts
    let choice: AcceleratorPolicy.Choice
    let installation: QEMUInstallation?
    let machines: VirtualMachines
    let guestUser: UserAccount?
    /// Why machines can't be held to processor weights and limits; nil when they can.
    let controlGroupsFailure: String?
    let audit: AuditLog
    let started: Moment
    let warnings: [String]

    package var accelerator: AcceleratorPolicy.Choice { choice }

    /// The host for a reader; the API adds where it answers.
    package func host(apiURL: String, fingerprint: String) async -> Host {
        let all = machines.list()
        return Host(
            id: id,
            name: hostName,
            version: martletVersion,
            apiURL: apiURL,
            certificateFingerprint: fingerprint,
            root: layout.root,
            accelerator: choice.accelerator,
            acceleratorReason: choice.reason,
            qemuVersion: installation?.version,
            cpus: facts.cpus,
            memory: facts.memory,
            memoryAssigned: await machines.claims.memoryAssigned,
            machines: all.count,
            machinesRunning: all.count { $0.state == .running },
            started: started,
            warnings: warnings + (await poolWarnings()) + [audit.warning].compactMap(\.self)
        )
    }

    /// What is wrong with pools just now, a sentence each.
    private func poolWarnings() async -> [String] {
        await machines.listPools().compactMap { pool in
            guard let check = poolCheck(pool), check.result != .passed else { return nil }
            return "pool \(pool.name): \(check.message)"
        }
    }

    /// Looks anew at all that the host needs.
    package func checks() async -> [HostCheck] {
        let warnings = warnings.map {
            HostCheck(
                name: "state", result: .warning, message: $0,
                remedy: "look at what was set aside; restore it from a backup if need be")
        }
        let pools = await machines.listPools().compactMap(poolCheck)
        return [
            await qemuCheck(), acceleratorCheck(), firmwareCheck(), tpmCheck(), userCheck(), networkCheck(),
            vsockCheck(),
            spaceCheck(),
            memoryCheck(), processorCheck(), signInCheck(), auditCheck(),
        ] + pools
            + (warnings.isEmpty
                ? [HostCheck(name: "state", result: .passed, message: "all documents can be read")] : warnings)
    }

    private func qemuCheck() async -> HostCheck {
        do {
            let found = try await QEMUInstallation.find()
            return HostCheck(name: "QEMU", result: .passed, message: "version \(found.version) at \(found.executable)")
        } catch {
            return HostCheck(
                name: "QEMU", result: .failed, message: "\(error)",
                remedy: "apt-get install qemu-system-x86 qemu-utils, then restart martletd"
            )
        }
    }

    private func acceleratorCheck() -> HostCheck {
        switch choice.accelerator {
        case .kvm: HostCheck(name: "accelerator", result: .passed, message: "kvm: \(choice.reason)")
        case .tcg:
            HostCheck(
                name: "accelerator",
                result: .warning,
                message: "software emulation, tens of times slower: \(choice.reason)",
                remedy: "turn on virtualization in the machine's firmware, or nested virtualization in the host above"
            )
        }
    }

    /// A host without it lacks nothing.
    private func vsockCheck() -> HostCheck {
        let isThere = facts.effectiveUserID == 0 && FileEntry.exists(VhostVsock.device)
        return HostCheck(
            name: "vsock", result: .passed,
            message: isThere
                ? "guests are reached by it" : "none for this daemon: guests are reached by their virtio-serial port")
    }

    private func firmwareCheck() -> HostCheck {
        do {
            _ = try Firmware.find(secureBoot: true)
            _ = try Firmware.find(secureBoot: false)
            return HostCheck(name: "firmware", result: .passed, message: "UEFI with and without Secure Boot")
        } catch {
            return HostCheck(name: "firmware", result: .failed, message: "\(error)", remedy: "apt-get install ovmf")
        }
    }

    private func tpmCheck() -> HostCheck {
        guard TPMEmulator.isInstalled else {
            return HostCheck(
                name: "TPM", result: .warning, message: "machines with a TPM can't be started",
                remedy: "apt-get install swtpm swtpm-tools"
            )
        }
        return HostCheck(name: "TPM", result: .passed, message: "swtpm is there")
    }

    private func userCheck() -> HostCheck {
        guard facts.effectiveUserID == 0 else {
            return HostCheck(name: "guests' user", result: .passed, message: "guests run as the daemon's own user")
        }
        if let guestUser {
            return HostCheck(name: "guests' user", result: .passed, message: "guests run as \(guestUser.name)")
        }
        return HostCheck(
            name: "guests' user",
            result: .failed,
            message: "there is no user \(GuestUser.name), and guests don't run as root",
            remedy:
                "useradd --system --user-group --no-create-home --shell /usr/sbin/nologin \(GuestUser.name), then restart martletd"
        )
    }

    private func networkCheck() -> HostCheck {
        guard facts.effectiveUserID == 0 else {
            return HostCheck(
                name: "network",
                result: .warning,
                message: "an ordinary user has the user-mode network alone",
                remedy: "run martletd as root for NAT switches"
            )
        }
        let missing = ["ip", "nft", "dnsmasq"].filter { ProgramSearch.path(of: $0) == nil }
        guard missing.isEmpty else {
            return HostCheck(
                name: "network",
                result: .failed,
                message: "missing for NAT switches: \(missing.joined(separator: ", "))",
                remedy: "apt-get install iproute2 nftables dnsmasq-base"
            )
        }
        return HostCheck(name: "network", result: .passed, message: "NAT and user-mode switches")
    }

    private func spaceCheck() -> HostCheck {
        guard let free = try? Folder.freeSpace(layout.root) else {
            return HostCheck(
                name: "space", result: .failed, message: "'\(layout.root)' can't be measured",
                remedy: "look at the file system")
        }
        let isLow = free < .gibibytes(2)
        return HostCheck(
            name: "space",
            result: isLow ? .warning : .passed,
            message: "\(free) free at \(layout.root)",
            remedy: isLow ? "delete disks that aren't needed, or move the root to a larger file system" : nil
        )
    }

    private func processorCheck() -> HostCheck {
        guard let controlGroupsFailure else {
            return HostCheck(
                name: "processors", result: .passed, message: "weights and limits by control groups version 2")
        }
        return HostCheck(
            name: "processors", result: .warning,
            message: "processor weights and limits have no effect: \(controlGroupsFailure)",
            remedy: "run martletd as root on a host with control groups version 2"
        )
    }

    private func poolCheck(_ pool: Pool) -> HostCheck? {
        guard let status = pool.status else { return nil }
        let name = "pool \(pool.name)"
        let remedy = "make room in '\(pool.path)', or move disks to another pool (`martlet disk convert --name --pool`)"
        guard let free = status.free, let total = status.total else {
            return HostCheck(
                name: name, result: .failed, message: "'\(pool.path)' isn't what it should be",
                remedy: "mount what belongs there")
        }
        let message = "\(free) of \(total) free at \(pool.path)"
        switch status.state {
        case .ready: return HostCheck(name: name, result: .passed, message: message)
        case .low: return HostCheck(name: name, result: .warning, message: "\(message), less than 5 %", remedy: remedy)
        case .full, .missing: return HostCheck(name: name, result: .failed, message: "\(message): full", remedy: remedy)
        }
    }

    private func memoryCheck() -> HostCheck {
        let reserve = MemoryAdmission.reserve(of: facts.memory)
        return HostCheck(
            name: "memory", result: .passed, message: "\(facts.memory), of which the host keeps \(reserve)")
    }
}

/// The unprivileged user that guests run as when the daemon is root; set-up makes it.
enum GuestUser {
    static let name = "martlet-qemu"
}
