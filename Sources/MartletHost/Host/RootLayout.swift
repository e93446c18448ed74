package import MartletModel

/// Where things are below a host's root folder.
///
/// Paths are absolute unless their name says `relative`: QEMU is given the relative ones, with the root as its working folder.
package struct RootLayout: Sendable, Hashable {
    package let root: String

    package init(root: String) { self.root = root }

    package var store: String { "\(root)/state.sqlite" }
    package var runFolder: String { "\(root)/run" }
    package var socket: String { "\(runFolder)/api.sock" }
    package var lock: String { "\(runFolder)/daemon.lock" }
    /// There while the kernel's leave for a checkpoint is lent.
    var userfaultMark: String { "\(runFolder)/userfault-lent" }
    package var machinesFolder: String { "\(root)/machines" }
    package var disksFolder: String { "\(root)/disks" }
    package var imagesFolder: String { "\(root)/images" }
    package var poolsFolder: String { "\(root)/pools" }
    package var switchesFolder: String { "\(root)/switches" }
    package var tlsFolder: String { "\(root)/tls" }
    /// What machines and the host used, for graphs; only the daemon's user may enter, as the next one.
    var samplesFolder: String { "\(root)/samples" }
    package var logFolder: String { "\(root)/log" }
    package var auditLog: String { "\(logFolder)/audit.jsonl" }

    /// A path below the root; one that is absolute stays as it is.
    package func absolute(_ path: String) -> String { path.isAbsolutePath ? path : "\(root)/\(path)" }

    /// The sockets of a running machine, open to the daemon's user alone.
    package func runFolder(of machine: ID<VirtualMachine>) -> String { "\(runFolder)/\(machine.short)" }
    package func qmpSocket(of machine: ID<VirtualMachine>) -> String { "\(runFolder(of: machine))/qmp.sock" }
    package func consoleSocket(of machine: ID<VirtualMachine>) -> String { "\(runFolder(of: machine))/console.sock" }
    /// Of the guest's integration services.
    package func guestSocket(of machine: ID<VirtualMachine>) -> String { "\(runFolder(of: machine))/guest.sock" }
    /// Its guest's context id on vsock, in digits; there while its QEMU has one.
    package func vsockMark(of machine: ID<VirtualMachine>) -> String { "\(runFolder(of: machine))/vsock" }
    package func tpmSocket(of machine: ID<VirtualMachine>) -> String { "\(runFolder(of: machine))/tpm.sock" }
    /// What QEMU itself makes: the socket at which its screen can be watched, and pictures of it.
    package func relativeScreenFolder(of machine: ID<VirtualMachine>) -> String { "run/\(machine.short)/screen" }
    package func screenFolder(of machine: ID<VirtualMachine>) -> String { absolute(relativeScreenFolder(of: machine)) }
    package func relativeScreenSocket(of machine: ID<VirtualMachine>) -> String {
        "\(relativeScreenFolder(of: machine))/vnc.sock"
    }
    package func screenSocket(of machine: ID<VirtualMachine>) -> String { absolute(relativeScreenSocket(of: machine)) }

    package static func relativeMachineFolder(_ name: ResourceName, _ id: ID<VirtualMachine>) -> String {
        "machines/\(name.fileNamePart)-\(id.short)"
    }

    package static func diskFileName(
        _ name: String, _ id: ID<Disk>, _ format: Disk.Format = .qcow2
    ) -> String {
        let part = (try? ResourceName(name))?.fileNamePart ?? "disk"
        return "\(part)-\(id.short).\(format.fileExtension)"
    }
}

extension VirtualMachineConfiguration {
    /// The last applied configuration, kept beside the machine's files so that they are enough to bring it back.
    package var relativeSidecar: String { "\(folder)/machine.json" }
    package var relativeLog: String { "\(folder)/qemu.log" }
    package var relativeConsoleLog: String { "\(folder)/console.log" }
    /// The memory and devices of a saved machine.
    package var relativeSavedState: String { "\(folder)/\(id).vmrs" }
    /// The TPM's state, the guests' user's own.
    package var relativeTPM: String { "\(folder)/tpm" }
    package var relativeTPMLog: String { "\(folder)/tpm.log" }
    package var relativeKernel: String { "\(folder)/kernel" }
    package var relativeInitrd: String { "\(folder)/initrd" }
    package var relativeSeed: String { "\(folder)/seed.iso" }
}

extension Disk {
    /// The disk's document, kept beside its file.
    package var relativeSidecar: String { "\(path).json" }
}

extension Image {
    /// The image's document, kept beside its file.
    package var relativeSidecar: String { "\(path).json" }
}
