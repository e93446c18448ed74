import FoundationEssentials
import MartletModel

/// An interface as `ip -json -details address show` has it; only what we ask about.
struct IPLink: Decodable, Sendable {
    struct Info: Decodable, Sendable {
        var info_kind: String?
        var info_data: TapData?
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
        var prefixlen: Int?
    }

    var ifname: String?
    var master: String?
    var flags: [String]?
    var linkinfo: Info?
    var addr_info: [Address]?

    var kind: String? { linkinfo?.info_kind }

    /// The IPv4 networks that the interface has an address in.
    var networks: [IPv4Network] {
        (addr_info ?? []).compactMap { address in
            guard address.family == "inet", let local = address.local else { return nil }
            return IPv4Network("\(local)/\(address.prefixlen ?? 32)")
        }
    }
}

/// A route as `ip -json route show` has it.
struct IPRoute: Decodable, Sendable {
    /// `default`, a network or an address.
    var dst: String?

    /// nil for the default route, which leads everywhere and so says nothing.
    var network: IPv4Network? { dst.flatMap { IPv4Network($0) } }
}
