import MartletModel

extension MachineSpecification {
    /// How many of each a machine may have, from the slots that `PCILayout` gives them and from the machine type.
    enum Limit {
        static let cpus = 255
        static let adapters = 8
        static let disks = 64
        static let isoDrives = 4
        static let descriptors = Int32(1024)
    }

    /// Refuses what QEMU would misread or refuse without saying which value was wrong.
    ///
    /// - Throws: `invalidArgument`.
    func validate() throws(MartletError) {
        try validateSizes()
        try validateVsock()
        try validateStart()
        try validateDevices()
        for text in [name, append] + paths where text.utf8.contains(0) {
            throw MartletError(.invalidArgument, "'\(text)' has a zero byte, which no argument can hold")
        }
    }

    private var paths: [String] {
        [firmwareCode, firmwareVariables, kernel, initrd].compactMap { $0 } + disks.map(\.path)
            + isoDrives.compactMap(\.path)
    }

    private func validateSizes() throws(MartletError) {
        guard (1...Limit.cpus).contains(cpus) else {
            throw MartletError(.invalidArgument, "\(cpus) processors can't be had; use 1 to \(Limit.cpus)")
        }
        guard memory.bytes > 0, memory.bytes % (1 << 20) == 0 else {
            throw MartletError(.invalidArgument, "memory of \(memory.bytes) bytes is not a whole number of MiB")
        }
        let sockets = [qmpDescriptor, consoleDescriptor, guestDescriptor]
        guard Set(sockets).count == sockets.count, sockets.allSatisfy((3..<Limit.descriptors).contains) else {
            throw MartletError(
                .invalidArgument, "the descriptors \(sockets) can't be the sockets; use three from 3 on")
        }
    }

    private func validateVsock() throws(MartletError) {
        // `VMADDR_CID_ANY` is no guest's, and what is below 3 is the hypervisor's, the loopback's and the host's.
        guard let vsockContext, vsockContext <= VsockContext.host || vsockContext == UInt32.max else { return }
        throw MartletError(.invalidArgument, "the vsock context id \(vsockContext) can't be a guest's; use 3 or more")
    }

    private func validateStart() throws(MartletError) {
        switch generation {
        case .bios where firmwareCode != nil || firmwareVariables != nil || secureBoot:
            throw MartletError(.invalidArgument, "a machine of generation 1 has no UEFI; leave out Secure Boot")
        case .bios where kernel != nil || initrd != nil || !append.isEmpty:
            throw MartletError(.invalidArgument, "a machine of generation 1 boots from its disks; leave out the kernel")
        case .uefi where firmwareCode == nil || firmwareVariables == nil:
            throw MartletError(.invalidArgument, "a machine of generation 2 needs firmware code and variables")
        case .uefi where kernel != nil || initrd != nil || !append.isEmpty:
            throw MartletError(.invalidArgument, "a machine of generation 2 boots from its disks; leave out the kernel")
        case .direct where firmwareCode != nil || firmwareVariables != nil || secureBoot:
            throw MartletError(.invalidArgument, "a direct machine has no UEFI; leave out firmware and Secure Boot")
        case .direct where kernel == nil && (initrd != nil || !append.isEmpty):
            throw MartletError(.invalidArgument, "an initrd or a command line needs a kernel; give one")
        case .bios, .uefi, .direct: break
        }
    }

    private func validateDevices() throws(MartletError) {
        guard disks.count <= Limit.disks else {
            throw MartletError(
                .invalidArgument, "\(disks.count) disks are too many; a machine has at most \(Limit.disks)")
        }
        guard Set(disks.map(\.id)).count == disks.count else {
            throw MartletError(.invalidArgument, "a disk is given twice; a machine has each of its disks once")
        }
        guard adapters.count <= Limit.adapters else {
            throw MartletError(
                .invalidArgument,
                "\(adapters.count) adapters are too many; a machine has at most \(Limit.adapters)"
            )
        }
        let slots = [
            (disks.map(\.slot), Limit.disks), (adapters.map(\.slot), Limit.adapters),
            (isoDrives.map(\.slot), Limit.isoDrives),
        ]
        for (slots, most) in slots
        where Set(slots).count != slots.count || !slots.allSatisfy({ (0..<most).contains($0) }) {
            throw MartletError(
                .invalidArgument, "the slots \(slots) can't be had; give each from 0 to \(most - 1) once")
        }
        for adapter in adapters where !Self.isHardwareAddress(adapter.hardwareAddress) {
            throw MartletError(
                .invalidArgument,
                "'\(adapter.hardwareAddress)' is not a hardware address; write six octets such as 52:54:00:12:34:56"
            )
        }
    }

    private static func isHardwareAddress(_ text: String) -> Bool {
        let octets = text.split(separator: ":", omittingEmptySubsequences: false)
        return octets.count == 6
            && octets.allSatisfy { $0.utf8.count == 2 && UInt8($0, radix: 16) != nil && !$0.hasPrefix("+") }
    }
}
