import MartletLinux
import MartletModel

/// The disc that tells a machine's cloud-init what to do.
///
/// It holds what was asked, secrets too, and the journal must not; so it is written before its operation is begun, and an
/// operation only moves it to its place.
struct MachineSeed {
    let layout: RootLayout

    /// Where a machine's disc waits for its folder; nobody but us can read it.
    private func waiting(_ id: ID<VirtualMachine>) -> String { "\(layout.runFolder)/seed-\(id)" }

    /// - Parameter recipes: where the integration services come from, if they are asked for.
    /// - Throws: `notFound` where Martlet came without them; `insufficientSpace`, `ioFailed`.
    func write(
        _ request: CloudInit, for id: ID<VirtualMachine>, name: String, recipes: ImageRecipes
    ) throws(MartletError) {
        let services = request.installServices == true ? try recipes.services().contents() : []
        let disc = request.seed(instance: "\(id)", name: name, services: services)
        try AtomicFile.write(disc.bytes, to: waiting(id), mode: 0o600)
    }

    /// Moves it into the machine's folder, where guests' user can read it; may be done again.
    ///
    /// - Throws: `notFound` when it is in neither place.
    func place(_ configuration: VirtualMachineConfiguration, owner: FileOwner?) throws(MartletError) {
        let (from, to) = (waiting(configuration.id), layout.absolute(configuration.relativeSeed))
        if FileEntry.exists(to) { return }
        if let owner { try FileEntry.setOwner(owner, of: from) }
        try FileEntry.setMode(owner == nil ? 0o400 : 0o440, of: from)
        try FileEntry.renameIfPresent(from, to: to)
    }

    /// Takes it back, so that its folder can go and the operation be begun again by its steps.
    func discard(_ id: ID<VirtualMachine>) throws(MartletError) { try Folder.removeTree(waiting(id)) }

    /// Removes what a daemon left that died before it could begin the operation.
    ///
    /// - Throws: `forbidden`, `ioFailed`.
    func sweep(isKnown: (ID<VirtualMachine>) -> Bool) throws(MartletError) {
        for name in try FileEntry.names(in: layout.runFolder) where name.hasPrefix("seed-") {
            guard let id = ID<VirtualMachine>(String(name.dropFirst(5))), !isKnown(id) else { continue }
            try discard(id)
        }
    }
}
