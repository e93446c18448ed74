/// An image that is to be brought to the host.
package struct ImportImageRequest: Hashable, Sendable, Codable {
    package var name: String
    /// An absolute path on the host, or an `http` or `https` address.
    package var source: String
    /// What the bytes of the source must have, in hex; nil for no check.
    package var sha256: String?
    /// What the source is; nil to tell by its content.
    package var format: ImageFormat?
    package var description: String?

    package init(
        name: String, source: String, sha256: String? = nil, format: ImageFormat? = nil, description: String? = nil
    ) {
        self.name = name
        self.source = source
        self.sha256 = sha256
        self.format = format
        self.description = description
    }
}

/// An image that is to be made on the host from its distribution's packages.
package struct BuildImageRequest: Hashable, Sendable, Codable {
    /// How it is made, such as `debian-12`.
    package var recipe: String
    /// The recipe's name by default.
    package var name: String?
    /// What a guest sees, in bytes; 3 GiB by default.
    package var capacity: ByteCount?
    /// Where the packages come from; the distribution's own address by default.
    package var mirror: String?

    package init(recipe: String, name: String? = nil, capacity: ByteCount? = nil, mirror: String? = nil) {
        self.recipe = recipe
        self.name = name
        self.capacity = capacity
        self.mirror = mirror
    }
}
