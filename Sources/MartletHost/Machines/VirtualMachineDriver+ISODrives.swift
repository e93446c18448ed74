import MartletModel
import MartletQEMU

extension VirtualMachineDriver {
    /// Changes what is in a drive, at once when the machine runs.
    ///
    /// - Throws: `notFound` for the drive or the image; `inUse` when the guest has locked the tray; `wrongState`, `preconditionFailed`,
    ///   `qemuFailed`, `unavailable`, `storeFailed`.
    func changeISO(_ request: ChangeISORequest, revision: Int64?) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        try require(life.updateRequested(needsOff: isSettled ? [] : ["what is in its drives"]))
        let drive = try configuration.isoDrive(in: request.slot)
        var changed = configuration
        try changed.changeISO(in: drive.slot, to: isoImage(request.image))
        if isAlive {
            let path = try isoPath(changed.isoDrive(in: drive.slot).image)
            try await requireQMP().changeISO(drive: drive.slot, to: path, force: request.force ?? false)
        }
        return try await keepISODrives(changed.isoDrives)
    }

    /// - Throws: `wrongState` for a machine that isn't off; `tooMany`, `notFound`, `preconditionFailed`, `storeFailed`.
    func addISODrive(_ request: AddISODriveRequest, revision: Int64?) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        try require(life.updateRequested(needsOff: ["its ISO drives"]))
        var changed = configuration
        try changed.addISODrive(with: isoImage(request.image))
        return try await keepISODrives(changed.isoDrives)
    }

    /// - Throws: `wrongState` for a machine that isn't off; `notFound`, `preconditionFailed`, `storeFailed`.
    func removeISODrive(_ request: RemoveISODriveRequest, revision: Int64?) async throws(MartletError) -> VirtualMachine
    {
        try check(revision: revision)
        try require(life.updateRequested(needsOff: ["its ISO drives"]))
        let drive = try configuration.isoDrive(in: request.slot)
        return try await keepISODrives(configuration.isoDrives.filter { $0 != drive })
    }

    /// The drives as QEMU is started with them.
    ///
    /// - Throws: `notFound` for an image that is gone.
    func isoDevices() throws(MartletError) -> [MachineSpecification.ISODevice] {
        var devices: [MachineSpecification.ISODevice] = []
        for drive in configuration.isoDrives { devices.append(.init(slot: drive.slot, path: try isoPath(drive.image))) }
        return devices
    }

    private func isoImage(_ nameOrID: String?) throws(MartletError) -> ID<Image>? {
        guard let nameOrID else { return nil }
        return try tools.images.find(nameOrID, kind: .iso).id
    }

    private func isoPath(_ image: ID<Image>?) throws(MartletError) -> String? {
        guard let image else { return nil }
        return try tools.images.find("\(image)", kind: .iso).path
    }

    /// Whether no operation has the machine in hand.
    private var isSettled: Bool {
        switch life.state {
        case .starting, .stopping, .deleting: false
        default: true
        }
    }

    private func keepISODrives(
        _ drives: [VirtualMachineConfiguration.ISODrive]
    ) async throws(MartletError) -> VirtualMachine {
        var changed = configuration
        changed.isoDrives = drives
        return try await keep(changed)
    }
}
