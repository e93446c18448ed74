import FoundationEssentials
import MartletModel

/// An interface as `ip -json -details address show` has it; only what we ask about.
struct IPLink: Decodable, Sendable {
    struct Info: Decodable, Sendable {
        var kind: String?
        var data: TapData?

        private enum CodingKeys: String, CodingKey {
            case kind = "info_kind"
            case data = "info_data"
        }
    }

    struct TapData: Decodable, Sendable {
        /// A number or a name, by the version of `ip`.
        var user: User?
    }

    enum User: Decodable, Sendable, Hashable {
        case id(UInt32)
        case name(String)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let id = try? value.decode(UInt32.self) {
                self = .id(id)
            } else {
                self = .name(try value.decode(String.self))
            }
        }
    }

    struct Address: Decodable, Sendable {
        var family: String?
        var local: String?
        var prefixLength: Int?
        /// `global`, `link` and so on.
        var scope: String?
        /// Whether it ends by itself.
        var isDynamic: Bool?
        /// In seconds.
        var validLifetime: Int64?
        var preferredLifetime: Int64?

        private enum CodingKeys: String, CodingKey {
            case family, local, scope
            case prefixLength = "prefixlen"
            case isDynamic = "dynamic"
            case validLifetime = "valid_life_time"
            case preferredLifetime = "preferred_life_time"
        }
    }

    var name: String?
    var info: Info?
    var addresses: [Address]?
    /// What it is a port of.
    var master: String?
    var hardwareAddress: String?
    var flags: [String]?

    private enum CodingKeys: String, CodingKey {
        case master, flags
        case name = "ifname"
        case hardwareAddress = "address"
        case info = "linkinfo"
        case addresses = "addr_info"
    }

    /// Such as `bridge` or `tun`; nil for a physical interface.
    var kind: String? { info?.kind }

    /// Whether it is on and has an address with which others can be reached.
    var isWayOut: Bool {
        flags?.contains("UP") == true && flags?.contains("LOOPBACK") != true
            && (addresses ?? []).contains { $0.scope == "global" }
    }

    /// The IPv4 networks that the interface has an address in.
    var networks: [IPv4Network] {
        (addresses ?? []).compactMap { address in
            guard address.family == "inet", let local = address.local else { return nil }
            return IPv4Network("\(local)/\(address.prefixLength ?? 32)")
        }
    }
}

/// A route as `ip -json route show` has it.
struct IPRoute: Decodable, Sendable {
    /// `default`, a network or an address.
    var destination: String?
    var device: String?
    /// nil for the main one.
    var table: String?

    private enum CodingKeys: String, CodingKey {
        case table
        case destination = "dst"
        case device = "dev"
    }

    /// nil for the default route, which leads everywhere and so says nothing.
    var network: IPv4Network? { destination.flatMap { IPv4Network($0) } }
}
