/// What a client asks for when it changes what is in a drive.
package struct ChangeISORequest: Hashable, Sendable, Codable {
    /// An image of kind `iso` by name or id; nil to take out what is there.
    package var image: String?
    /// The machine's only drive, or its first, by default.
    package var slot: Int?
    /// Open the tray though the guest has locked it; false by default.
    package var force: Bool?

    package init(image: String?, slot: Int? = nil, force: Bool? = nil) {
        self.image = image
        self.slot = slot
        self.force = force
    }
}

/// What a client asks for when it adds a drive.
package struct AddISODriveRequest: Hashable, Sendable, Codable {
    /// An image of kind `iso` by name or id; nil for an empty drive.
    package var image: String?

    package init(image: String? = nil) { self.image = image }
}

/// Which drive a client wants to be without.
package struct RemoveISODriveRequest: Hashable, Sendable, Codable {
    package var slot: Int

    package init(slot: Int) { self.slot = slot }
}
