/// What a machine's guest tells of itself by the integration services: its own word, cut to size, and believed for nothing.
package struct GuestStatus: Hashable, Sendable, Codable {
    /// How the guest's system is.
    package enum Heartbeat: String, Sendable, Codable, CaseIterable {
        case starting, ok
        /// It runs, and something in it has failed.
        case degraded
        case stopping
        /// It answered before and doesn't now.
        case lost
        /// It is there; whether it is well isn't asked.
        case off
    }

    /// By what the host reaches it.
    package enum Channel: String, Sendable, Codable, CaseIterable {
        /// vsock, which the host's kernel carries.
        case vsock
        /// The virtio-serial port.
        case port
    }

    /// A network interface, as the guest calls it.
    package struct Interface: Hashable, Sendable, Codable {
        package var name: String
        package var hardwareAddress: String?
        /// With the prefix's length: `10.0.0.5/24`.
        package var addresses: [String]

        package init(name: String, hardwareAddress: String?, addresses: [String]) {
            self.name = name
            self.hardwareAddress = hardwareAddress
            self.addresses = addresses
        }
    }

    /// A mounted file system, with its sizes as the guest sees them.
    package struct FileSystem: Hashable, Sendable, Codable {
        package var mountPoint: String
        package var device: String
        package var type: String
        package var size: ByteCount
        package var free: ByteCount

        package init(mountPoint: String, device: String, type: String, size: ByteCount, free: ByteCount) {
            self.mountPoint = mountPoint
            self.device = device
            self.type = type
            self.size = size
            self.free = free
        }
    }

    package var heartbeat: Heartbeat
    /// Since when the heartbeat is so.
    package var since: Moment
    /// The version of the guest's program.
    package var version: String
    /// nil in what an older daemon tells.
    package var channel: Channel?
    /// What the guest's program offers.
    package var services: [GuestService]
    /// `Debian GNU/Linux 12 (bookworm)`.
    package var system: String
    package var kernel: String
    /// What in the guest has failed, as its units' names.
    package var failedUnits: [String]?
    package var hostName: String?
    package var interfaces: [Interface]?
    package var fileSystems: [FileSystem]?
    /// What programs in the guest left for the host.
    package var values: [String: String]?

    package init(
        heartbeat: Heartbeat, since: Moment, version: String, services: [GuestService], system: String, kernel: String
    ) {
        self.heartbeat = heartbeat
        self.since = since
        self.version = version
        self.services = services
        self.system = system
        self.kernel = kernel
    }
}
