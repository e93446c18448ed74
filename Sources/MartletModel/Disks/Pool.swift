/// A folder, or something mounted on one, that disks' files lie in.
package struct Pool: Hashable, Sendable, Codable {
    package var id: ID<Pool>
    package var name: String
    /// Absolute.
    package var path: String
    /// Whether new disks lie here when nothing else is said.
    package var isDefault: Bool
    package var created: Moment
    /// What was seen of it, for a reader; nil where it is stored.
    package var status: PoolStatus?

    package init(
        id: ID<Pool>, name: String, path: String, isDefault: Bool, created: Moment, status: PoolStatus? = nil
    ) {
        self.id = id
        self.name = name
        self.path = path
        self.isDefault = isDefault
        self.created = created
        self.status = status
    }
}

/// What was seen of a pool when it was asked for.
package struct PoolStatus: Hashable, Sendable, Codable {
    /// Whether disks in it can grow.
    package enum State: String, Sendable, Codable, CaseIterable {
        case ready
        /// Less than a twentieth is free.
        case low
        /// Next to nothing is free.
        case full
        /// What should be there isn't: most often it isn't mounted.
        case missing
    }

    package var state: State
    /// Of its file system, in bytes; nil when it is missing.
    package var total: ByteCount?
    /// What may still be written, in bytes; nil when it is missing.
    package var free: ByteCount?
    package var disks: Int

    package init(state: State, total: ByteCount?, free: ByteCount?, disks: Int) {
        self.state = state
        self.total = total
        self.free = free
        self.disks = disks
    }
}

/// Which folder is to be a pool.
package struct CreatePoolRequest: Hashable, Sendable, Codable {
    package var name: String
    /// Absolute; the folder exists.
    package var path: String
    /// False by default.
    package var isDefault: Bool?

    package init(name: String, path: String, isDefault: Bool? = nil) {
        self.name = name
        self.path = path
        self.isDefault = isDefault
    }
}

/// What is to change of a pool; nil leaves it as it is.
package struct UpdatePoolRequest: Hashable, Sendable, Codable {
    package var name: String?
    /// True makes it the default instead of another; false gives that back to the root's own pool.
    package var isDefault: Bool?

    package init(name: String? = nil, isDefault: Bool? = nil) {
        self.name = name
        self.isDefault = isDefault
    }
}
