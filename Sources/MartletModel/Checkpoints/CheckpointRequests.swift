/// What a new checkpoint is to be.
package struct CreateCheckpointRequest: Hashable, Sendable, Codable {
    /// The machine's name and the time by default.
    package var name: String?
    package var notes: String?
    /// What the machine is set to by default; not `disabled`.
    package var type: CheckpointType?
    /// How long the guest may be frozen for a production checkpoint, 1 to 60 seconds; 10 by default.
    package var freezeLimitInSeconds: Int?

    package init(
        name: String? = nil, notes: String? = nil, type: CheckpointType? = nil, freezeLimitInSeconds: Int? = nil
    ) {
        self.name = name
        self.notes = notes
        self.type = type
        self.freezeLimitInSeconds = freezeLimitInSeconds
    }
}

/// nil for what stays as it is.
package struct UpdateCheckpointRequest: Hashable, Sendable, Codable {
    package var name: String?
    package var notes: String?

    package init(name: String? = nil, notes: String? = nil) {
        self.name = name
        self.notes = notes
    }
}

/// Where a checkpoint is to be written.
package struct ExportCheckpointRequest: Hashable, Sendable, Codable {
    /// A folder on the host that isn't there yet, by its absolute path.
    package var folder: String

    package init(folder: String) { self.folder = folder }
}
