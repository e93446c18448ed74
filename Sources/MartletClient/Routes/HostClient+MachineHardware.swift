package import MartletModel

extension HostClient {
    /// What a machine's screen shows now, as PNG.
    package func getScreenshot(_ machine: String) async throws -> [UInt8] {
        try await transport.answer(to: APIRequest(.getScreenshot, machine)).body
    }

    /// Puts an image into a drive of a machine, or takes it out.
    package func changeISO(_ machine: String, _ body: ChangeISORequest) async throws -> VirtualMachine {
        try await send(APIRequest(.changeISO, machine), body)
    }

    /// Adds a drive to a machine that is off.
    package func addISODrive(_ machine: String, _ body: AddISODriveRequest) async throws -> VirtualMachine {
        try await send(APIRequest(.addISODrive, machine), body)
    }

    /// Takes a drive out of a machine that is off.
    package func removeISODrive(_ machine: String, _ body: RemoveISODriveRequest) async throws -> VirtualMachine {
        try await send(APIRequest(.removeISODrive, machine), body)
    }

    /// The processor models that machines can be given by name.
    package func listProcessorModels() async throws -> [ProcessorModel] {
        try await whole(APIRequest(.listProcessorModels))
    }
}
