import MartletGuestProtocol
import MartletModel

extension GuestStatus {
    /// What the guest says of itself, cut to size.
    init(_ description: GuestDescription, heartbeat: Heartbeat, since: Moment) {
        self.init(
            heartbeat: heartbeat, since: since,
            version: GuestWord.cut(description.version),
            services: Array(Set(description.services.prefix(64).compactMap(GuestService.init))).sorted {
                $0.rawValue < $1.rawValue
            },
            system: GuestWord.cut(description.system.prettyName), kernel: GuestWord.cut(description.system.kernel))
    }

    /// Takes what a beat adds.
    mutating func take(_ exchange: GuestExchange) {
        hostName = GuestWord.cut(exchange.hostName)
        interfaces = exchange.interfaces.prefix(64).map {
            Interface(
                name: GuestWord.cut($0.name),
                hardwareAddress: $0.hardwareAddress.isEmpty ? nil : GuestWord.cut($0.hardwareAddress),
                addresses: $0.addresses.prefix(32).map { GuestWord.cut($0) })
        }
        fileSystems = exchange.fileSystems.prefix(64).map {
            FileSystem(
                mountPoint: GuestWord.cut($0.mountPoint, 1_000), device: GuestWord.cut($0.device),
                type: GuestWord.cut($0.type), size: ByteCount(bytes: Int64(clamping: $0.sizeInBytes)),
                free: ByteCount(bytes: Int64(clamping: $0.freeInBytes)))
        }
        let pairs = exchange.values.sorted { $0.key < $1.key }.prefix(100)
        values = Dictionary(
            pairs.map { (GuestWord.cut($0.key, 64), GuestWord.cut($0.value, 2_048)) }, uniquingKeysWith: { $1 })
    }
}

extension GuestStatus.Heartbeat {
    init(_ health: GuestBeat.Health) {
        switch health {
        case .starting: self = .starting
        case .degraded: self = .degraded
        case .stopping: self = .stopping
        case .ok, .unspecified, .UNRECOGNIZED: self = .ok
        }
    }
}

/// Text from a guest: as long as it may be, and without what could move a terminal's cursor.
enum GuestWord {
    static func cut(_ text: String, _ limit: Int = 200) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(limit).map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
