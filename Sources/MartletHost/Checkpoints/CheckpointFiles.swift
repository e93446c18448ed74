import MartletLinux
import MartletModel
import MartletStore

/// The folder of a checkpoint, in its machine's: its document, and what isn't in the layers of disks.
///
/// ```
/// checkpoints/<id>/
///   checkpoint.json   the document, once more
///   state.vmrs        memory and devices, of a standard one
///   firmware*.fd      the firmware's variables
///   tpm/              the TPM's state
/// ```
struct CheckpointFiles: Sendable {
    let layout: RootLayout
    let machineFolder: String
    let id: ID<Checkpoint>

    init(_ checkpoint: Checkpoint, layout: RootLayout) {
        self.layout = layout
        machineFolder = checkpoint.configuration.folder
        id = checkpoint.id
    }

    var relativeParent: String { "\(machineFolder)/checkpoints" }
    var relativeFolder: String { "\(relativeParent)/\(id)" }
    var folder: String { layout.absolute(relativeFolder) }
    var document: String { "\(folder)/checkpoint.json" }
    var state: SavedState { SavedState(path: "\(folder)/state.vmrs") }

    /// - Throws: `forbidden`, `insufficientSpace`, `ioFailed`.
    func make() throws(MartletError) {
        try Folder.make(layout.absolute(relativeParent), mode: 0o700)
        try Folder.make(folder, mode: 0o700)
    }

    /// Removes them; the folder of all a machine's checkpoints goes with the last.
    ///
    /// - Throws: `forbidden`, `ioFailed`.
    func remove() throws(MartletError) {
        try Folder.removeTree(folder)
        let parent = layout.absolute(relativeParent)
        if FileEntry.exists(parent), try FileEntry.names(in: parent).isEmpty { try Folder.removeTree(parent) }
    }

    /// Copies what the guest's firmware and TPM keep in files of their own. They are small.
    ///
    /// - Throws: `insufficientSpace`, `ioFailed`.
    func keepOwnFiles(of configuration: VirtualMachineConfiguration) throws(MartletError) {
        for (from, to) in ownFiles(of: configuration) {
            try copyTree(from, to: to, owner: nil)
        }
    }

    /// Puts those files back where the machine has them.
    ///
    /// - Throws: `insufficientSpace`, `ioFailed`.
    func restoreOwnFiles(of configuration: VirtualMachineConfiguration, owner: FileOwner?) throws(MartletError) {
        for (original, kept) in ownFiles(of: configuration) where FileEntry.exists(kept) {
            try copyTree(kept, to: original, owner: owner)
        }
    }

    /// Copies all but the document into a folder.
    ///
    /// - Throws: `insufficientSpace`, `ioFailed`.
    func copyAll(to target: String) throws(MartletError) {
        for name in try FileEntry.names(in: folder) where name != "checkpoint.json" && !name.hasPrefix(".") {
            try copyTree("\(folder)/\(name)", to: "\(target)/\(name)", owner: nil)
        }
    }

    private func ownFiles(of configuration: VirtualMachineConfiguration) -> [(original: String, kept: String)] {
        var files: [(String, String)] = []
        if configuration.generation == .uefi {
            let path = configuration.relativeFirmwareVariables
            files.append((layout.absolute(path), "\(folder)/\(FilePathParts(path).name)"))
        }
        if configuration.tpm { files.append((layout.absolute(configuration.relativeTPM), "\(folder)/tpm")) }
        return files
    }

    /// A file, or a folder with files. swtpm's lock is nobody's state.
    private func copyTree(_ from: String, to: String, owner: FileOwner?) throws(MartletError) {
        guard FileEntry.exists(from) else { return }
        guard FileEntry.isReadableFile(from) else {
            try Folder.make(to, mode: 0o700, owner: owner)
            for name in try FileEntry.names(in: from) where !name.hasPrefix(".") {
                guard FileEntry.isReadableFile("\(from)/\(name)") else { continue }
                try AtomicFile.copy(from: "\(from)/\(name)", to: "\(to)/\(name)", mode: 0o600, owner: owner)
            }
            return
        }
        try AtomicFile.copy(from: from, to: to, mode: 0o600, owner: owner)
    }
}
