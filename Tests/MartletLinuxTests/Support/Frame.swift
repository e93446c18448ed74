/// Ethernet frames as a guest might send them, each with a label in it that tells which one came through.
enum Frame {
    static let own = "52:54:00:00:00:01"
    static let stranger = "52:54:00:00:00:77"

    static func udp(
        _ label: String, hardware: String = own, from: String, _ source: UInt16 = 1000, _ target: UInt16 = 1000
    ) -> String {
        let datagram = words(source, target, UInt16(8 + label.utf8.count), 0) + Array(label.utf8)
        return ethernet(hardware, 0x0800) + hex(ipv4(from, transport: 17, datagram))
    }

    static func icmp(_ label: String, from: String, kind: UInt8) -> String {
        ethernet(own, 0x0800) + hex(ipv4(from, transport: 1, [kind, 0, 0, 0, 0, 0, 0, 0] + Array(label.utf8)))
    }

    static func arp(_ label: String, hardware: String = own, sender: String = own, address: String) -> String {
        let body = words(1, 0x0800, 0x0604, 2) + octets(sender) + numbers(address) + octets(sender) + numbers(address)
        return ethernet(hardware, 0x0806) + hex(body + Array(label.utf8))
    }

    static func icmpv6(_ label: String, kind: UInt8) -> String {
        ethernet(own, 0x86dd) + hex(ipv6(transport: 58, [kind, 0, 0, 0, 0, 0, 0, 0] + Array(label.utf8)))
    }

    static func udpv6(_ label: String, _ source: UInt16) -> String {
        let datagram = words(source, 546, UInt16(8 + label.utf8.count), 0) + Array(label.utf8)
        return ethernet(own, 0x86dd) + hex(ipv6(transport: 17, datagram))
    }

    /// A frame that its guest has put a VLAN's tag on.
    static func tagged(_ label: String, from: String, vlan: UInt16) -> String {
        let inner = udp(label, from: from)
        return String(inner.prefix(24)) + hex(words(0x8100, vlan)) + inner.dropFirst(24)
    }

    private static func ethernet(_ hardware: String, _ type: UInt16) -> String {
        hex([UInt8](repeating: 0xff, count: 6) + octets(hardware) + words(type))
    }

    private static func ipv4(_ from: String, transport: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var header = words(0x4500, UInt16(20 + payload.count), 1, 0) + [64, transport, 0, 0] + numbers(from)
        header += [255, 255, 255, 255]
        // Bridges of a host with br_netfilter drop what has a wrong sum.
        let sum = stride(from: 0, to: 20, by: 2).reduce(UInt32(0)) {
            $0 + UInt32(header[$1]) << 8 + UInt32(header[$1 + 1])
        }
        let folded = UInt16(truncatingIfNeeded: (sum & 0xffff) + (sum >> 16))
        header.replaceSubrange(10..<12, with: words(~folded))
        return header + payload
    }

    private static func ipv6(transport: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let source: [UInt8] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x50, 0x54, 0, 0xff, 0xfe, 0, 0, 1]
        let target: [UInt8] = [0xff, 0x02] + [UInt8](repeating: 0, count: 13) + [1]
        return [0x60, 0, 0, 0] + words(UInt16(payload.count)) + [transport, 255] + source + target + payload
    }

    private static func words(_ words: UInt16...) -> [UInt8] { words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] } }
    private static func octets(_ text: String) -> [UInt8] {
        text.split(separator: ":").compactMap { UInt8($0, radix: 16) }
    }
    private static func numbers(_ text: String) -> [UInt8] { text.split(separator: ".").compactMap { UInt8($0) } }
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
