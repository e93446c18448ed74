/// What machines are made from or read: a disk that copies are taken of, or an ISO. It never changes once it is there.
package struct Image: Hashable, Sendable, Codable {
    /// What can be done with it.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// A disk, kept as qcow2.
        case disk
        /// An optical disc, kept as it is; any number of machines may read it at once.
        case iso
    }

    package var id: ID<Image>
    package var name: String
    package var kind: Kind
    /// What a guest sees, in bytes.
    package var capacity: ByteCount
    /// How long the file is, in bytes.
    package var fileSize: ByteCount
    /// The SHA-256 of what was imported, in lower-case hex; nil for an image that was built here.
    package var sha256: String?
    /// Where it came from: a path on the host, an address without what follows its path, or a recipe.
    package var source: String
    package var description: String
    /// Whether a machine boots from it with UEFI firmware; nil when that isn't known.
    package var bootsWithUEFI: Bool?
    /// Whether it boots with Secure Boot on; nil when that isn't known.
    package var bootsWithSecureBoot: Bool?
    /// The file, relative to the host's root.
    package var path: String
    package var created: Moment

    package init(
        id: ID<Image>, name: String, kind: Kind, capacity: ByteCount, fileSize: ByteCount, sha256: String?,
        source: String, description: String, bootsWithUEFI: Bool? = nil, bootsWithSecureBoot: Bool? = nil,
        path: String, created: Moment
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.capacity = capacity
        self.fileSize = fileSize
        self.sha256 = sha256
        self.source = source
        self.description = description
        self.bootsWithUEFI = bootsWithUEFI
        self.bootsWithSecureBoot = bootsWithSecureBoot
        self.path = path
        self.created = created
    }
}
