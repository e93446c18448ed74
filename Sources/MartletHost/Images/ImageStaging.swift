import FoundationEssentials
import MartletLinux
import MartletModel

/// Where an image is while it is made: a folder of its own beside the finished ones, removed at the end.
struct ImageStaging {
    /// What is known of an image once it was fetched or built.
    struct Facts: Codable {
        var sha256: String?
        var format: ImageFormat
        /// What a guest sees, in bytes.
        var capacity: ByteCount
    }

    private let layout: RootLayout
    private let id: ID<Image>

    init(layout: RootLayout, id: ID<Image>) {
        self.layout = layout
        self.id = id
    }

    /// Relative to the root; what the programs that work here are known by.
    var relativeFolder: String { "images/.making-\(id.short)" }
    var folder: String { layout.absolute(relativeFolder) }
    /// What came from outside, or from the recipe.
    var source: String { layout.absolute(relativeSource) }
    var relativeSource: String { "\(relativeFolder)/source" }
    /// The disk in our own format.
    var disk: String { "\(folder)/disk.qcow2" }
    /// Where a recipe works.
    var work: String { "\(folder)/work" }
    private var factsFile: String { "\(folder)/facts.json" }

    /// nil until `source` is whole and checked.
    var facts: Facts? {
        guard FileEntry.exists(factsFile), let bytes = try? BoundedFile.read(factsFile) else { return nil }
        return try? JSONDecoder().decode(Facts.self, from: Data(bytes))
    }

    /// - Throws: `internal` when the step before left nothing.
    func requireFacts() throws(MartletError) -> Facts {
        if let facts { return facts }
        throw MartletError(.internal, "the image in the making is gone from '\(folder)'")
    }

    func write(_ facts: Facts) throws {
        try AtomicFile.write([UInt8](JSONEncoder().encode(facts)), to: factsFile, mode: 0o600)
    }

    /// Makes the folder, empty. Who works here passes through and can list nothing.
    ///
    /// - Throws: by errno's table.
    func makeAnew() throws(MartletError) {
        try remove()
        try Folder.make(folder, mode: 0o711)
    }

    /// Ends the programs that an earlier daemon left working here, and removes all.
    ///
    /// - Throws: by errno's table.
    func remove() throws(MartletError) {
        endStragglers()
        try Folder.removeTree(folder)
    }

    private func endStragglers() {
        let mark = relativeFolder
        for entry in ProcessTable.entries(where: { arguments in arguments.contains { $0.contains(mark) } }) {
            try? ProcessIdentity(processID: entry.processID).signal(9)
        }
    }
}
