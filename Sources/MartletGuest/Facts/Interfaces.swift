import Glibc
import MartletGuestProtocol
import MartletLinux
import SwiftProtobuf

/// The guest's network interfaces, without the loopback one.
enum Interfaces {
    /// As many as are told.
    static let most = 64

    static func read() -> [GuestInterface] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var addresses: [String: [String]] = [:]
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0 else { continue }
            let name = String(cString: entry.ifa_name)
            addresses[name, default: []] += address(of: entry).map { [$0] } ?? []
        }
        return addresses.sorted { $0.key < $1.key }.prefix(most).map { name, addresses in
            .with {
                $0.name = name
                $0.hardwareAddress = hardwareAddress(of: name)
                $0.addresses = addresses
            }
        }
    }

    private static func hardwareAddress(of name: String) -> String {
        let text = (try? BoundedFile.readText("/sys/class/net/\(name)/address")) ?? ""
        return String(text.prefix { !$0.isWhitespace })
    }

    /// With the prefix's length; nil for what isn't IPv4 or IPv6.
    private static func address(of entry: ifaddrs) -> String? {
        guard let socketAddress = entry.ifa_addr, let mask = entry.ifa_netmask else { return nil }
        // Each pointer is to a socket address of the family that it names.
        switch Int32(socketAddress.pointee.sa_family) {
        case AF_INET:
            return socketAddress.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                mask.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { mask in
                    shown(AF_INET, &address.pointee.sin_addr, &mask.pointee.sin_addr)
                }
            }
        case AF_INET6:
            return socketAddress.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                mask.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { mask in
                    shown(AF_INET6, &address.pointee.sin6_addr, &mask.pointee.sin6_addr)
                }
            }
        default: return nil
        }
    }

    private static func shown<Address>(_ family: CInt, _ address: inout Address, _ mask: inout Address) -> String? {
        // Addresses and masks are plain bytes.
        let length = withUnsafeBytes(of: &mask) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
        // As above.
        return withUnsafeBytes(of: &address) { address in
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard inet_ntop(family, address.baseAddress, &text, socklen_t(text.count)) != nil else { return nil }
            return "\(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))/\(length)"
        }
    }
}
