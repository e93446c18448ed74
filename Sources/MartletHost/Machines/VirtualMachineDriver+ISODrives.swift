import MartletModel
import MartletQEMU

extension VirtualMachineDriver {
    /// Changes what is in a drive, at once when the machine runs.
    ///
    /// - Throws: `notFound` for the drive or the image; `inUse` when the guest has locked the tray; `wrongState`, `preconditionFailed`,
    ///   `qemuFailed`, `unavailable`, `storeFailed`.
    func changeISO(_ request: ChangeISORequest, revision: Int64?) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        try require(life.updateRequested(needsOff: life.isOwned ? ["what is in its drives"] : []))
        let drive = try configuration.isoDrive(in: request.slot)
        let image = try isoImage(request.image)
        if isAlive {
            try await requireQMP().changeISO(
                drive: drive.slot, to: try isoPath(image), force: request.force ?? false)
        }
        try await change { $0.changeISO(in: drive.slot, to: image) }
        return machine
    }

    /// - Throws: `wrongState` for a machine that isn't off; `tooMany`, `notFound`, `preconditionFailed`, `storeFailed`.
    func addISODrive(_ request: AddISODriveRequest, revision: Int64?) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        let image = try isoImage(request.image)
        try await change { (configuration) throws(MartletError) in
            try self.require(self.life.updateRequested(needsOff: ["its ISO drives"]))
            try configuration.addISODrive(with: image)
        }
        return machine
    }

    /// - Throws: `wrongState` for a machine that isn't off; `notFound`, `preconditionFailed`, `storeFailed`.
    func removeISODrive(_ request: RemoveISODriveRequest, revision: Int64?) async throws(MartletError) -> VirtualMachine
    {
        try check(revision: revision)
        let drive = try configuration.isoDrive(in: request.slot)
        try await change { (configuration) throws(MartletError) in
            try self.require(self.life.updateRequested(needsOff: ["its ISO drives"]))
            configuration.isoDrives.removeAll { $0.slot == drive.slot }
        }
        return machine
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
}
