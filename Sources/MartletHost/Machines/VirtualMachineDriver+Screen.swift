import MartletLinux
import MartletModel
import MartletQEMU

extension VirtualMachineDriver {
    /// What the machine's screen shows now, as PNG.
    ///
    /// - Throws: `unsupported` for a machine without a screen; `wrongState` for one that is off; `unavailable`, `qemuFailed`, `timedOut`;
    ///   `tooLarge`.
    func screenshot() async throws(MartletError) -> [UInt8] {
        _ = try screenProcess()
        let name = "shot-\(try SecureRandom.hex(byteCount: 8)).png"
        let path = "\(tools.layout.screenFolder(of: id))/\(name)"
        defer { try? Folder.removeTree(path) }
        _ = try await requireQMP().execute(
            Screendump(filename: "\(tools.layout.relativeScreenFolder(of: id))/\(name)"), timeout: .seconds(30))
        return try await Self.picture(at: path)
    }

    /// Where the machine's screen can be watched, and whose that must be.
    ///
    /// - Throws: `unsupported` for a machine without a screen; `wrongState` for one that is off, or that was started by a version that
    ///   showed none.
    func screen() throws(MartletError) -> (path: String, processID: Int32) {
        let process = try screenProcess()
        let path = tools.layout.screenSocket(of: id)
        guard FileEntry.exists(path) else {
            throw MartletError(
                .wrongState,
                "'\(configuration.name)' was started by a version that showed no screens; stop and start it for one")
        }
        return (path, process.processID)
    }

    /// The QEMU of a machine that has a screen.
    private func screenProcess() throws(MartletError) -> ProcessIdentity {
        guard configuration.generation != .direct else {
            throw MartletError(
                .unsupported,
                "'\(configuration.name)' is a direct machine, which has no screen; its console is `martlet vm console`")
        }
        guard let process, process.isAlive else {
            throw MartletError(
                .wrongState, "'\(configuration.name)' is \(life.published.rawValue) and shows nothing; start it first")
        }
        return process
    }

    /// The file is QEMU's, which a guest may have taken over: it is read only if it is what was asked for.
    private static func picture(at path: String) async throws(MartletError) -> [UInt8] {
        let bytes = try await BlockingWork.run { () throws(MartletError) in
            try BoundedFile.readRegular(path, limit: greatestPicture)
        }
        guard bytes.starts(with: pngSignature) else {
            throw MartletError(.qemuFailed, "what qemu drew is no PNG; reset the machine if this stays so")
        }
        return bytes
    }

    /// In bytes: more than 4,096 × 2,160 points without any compression.
    private static let greatestPicture = 40 << 20
    private static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Sockets below are open to us alone; QEMU's user passes through to its screen's folder.
    static let runFolderMode: UInt32 = 0o711

    func makeScreenFolder() throws(MartletError) {
        guard configuration.generation != .direct else { return }
        try Folder.make(tools.layout.screenFolder(of: id), mode: 0o700, owner: tools.guestUser?.owner)
    }
}
