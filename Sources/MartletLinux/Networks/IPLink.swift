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

        private enum CodingKeys: String, CodingKey {
            case family, local
            case prefixLength = "prefixlen"
        }
    }

    var name: String?
    var info: Info?
    var addresses: [Address]?

    private enum CodingKeys: String, CodingKey {
        case name = "ifname"
        case info = "linkinfo"
        case addresses = "addr_info"
    }

    /// Such as `bridge` or `tun`; nil for a physical interface.
    var kind: String? { info?.kind }

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

    private enum CodingKeys: String, CodingKey {
        case destination = "dst"
    }

    /// nil for the default route, which leads everywhere and so says nothing.
    var network: IPv4Network? { destination.flatMap { IPv4Network($0) } }
}
