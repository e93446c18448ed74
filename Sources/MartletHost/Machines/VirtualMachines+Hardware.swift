package import MartletModel

extension VirtualMachines {
    /// What the machine's screen shows now, as PNG.
    ///
    /// - Throws: `notFound`; `unsupported` for a machine without a screen; `wrongState` for one that is off; `unavailable`, `qemuFailed`.
    package func screenshot(of id: ID<VirtualMachine>) async throws(MartletError) -> [UInt8] {
        try await driver(id).screenshot()
    }

    /// - Throws: `notFound`, `inUse`, `wrongState`, `preconditionFailed`, `qemuFailed`, `unavailable`, `storeFailed`.
    package func changeISO(
        _ id: ID<VirtualMachine>, _ request: ChangeISORequest, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> VirtualMachine {
        try await driver(id).changeISO(request, revision: revision)
    }

    /// - Throws: `notFound`, `tooMany`, `wrongState`, `preconditionFailed`, `storeFailed`.
    package func addISODrive(
        _ id: ID<VirtualMachine>, _ request: AddISODriveRequest, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> VirtualMachine {
        try await driver(id).addISODrive(request, revision: revision)
    }

    /// - Throws: `notFound`, `wrongState`, `preconditionFailed`, `storeFailed`.
    package func removeISODrive(
        _ id: ID<VirtualMachine>, _ request: RemoveISODriveRequest, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> VirtualMachine {
        try await driver(id).removeISODrive(request, revision: revision)
    }
}
