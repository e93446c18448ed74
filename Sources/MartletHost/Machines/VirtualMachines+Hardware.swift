package import MartletModel
import MartletQEMU

extension VirtualMachines {
    /// What the machine's screen shows now, as PNG.
    ///
    /// - Throws: `notFound`; `unsupported` for a machine without a screen; `wrongState` for one that is off; `unavailable`, `qemuFailed`.
    package func screenshot(of id: ID<VirtualMachine>) async throws(MartletError) -> [UInt8] {
        try await driver(id).screenshot()
    }

    /// Looks whether a machine's screen can be watched.
    ///
    /// - Throws: `notFound`; `unsupported` for a machine without a screen; `wrongState` for one that is off, or that was started by a
    ///   version that showed none.
    package func requireScreen(of id: ID<VirtualMachine>) async throws(MartletError) {
        _ = try await driver(id).screen()
    }

    /// Shows a machine's screen, by RFB, until the viewer leaves or the machine ends. Several may look at once.
    ///
    /// - Parameters:
    ///   - input: hands over what the viewer sends, and returns when the viewer has left.
    ///   - output: takes what is for the viewer.
    /// - Throws: as `requireScreen`; `wrongState` when the machine ends; `unavailable`; what `input` and `output` throw.
    package func showScreen(
        of id: ID<VirtualMachine>,
        input: @escaping @Sendable (_ pass: @Sendable ([UInt8]) async throws -> Void) async throws -> Void,
        output: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let screen = try await driver(id).screen()
        try await ScreenConnection.exchange(
            path: screen.path, processID: screen.processID, input: input, output: output)
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
