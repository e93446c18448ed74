package import MartletModel

/// A lease as dnsmasq writes it down: an address, who has it, until when.
package struct AddressLease: Hashable, Sendable {
    package var address: String
    package var hardwareAddress: String
    /// What the guest calls itself; nil when it doesn't say, or says what is no name.
    package var hostName: String?
    package var ends: Moment

    /// Guests choose what is in this file, apart from the addresses: so much of it is read, and no more.
    private static let sizeLimit = 1 << 18

    /// The leases in a file; none when it isn't there. Lines that aren't leases are left out.
    static func read(_ path: String) -> [AddressLease] {
        guard let text = try? BoundedFile.readText(path, limit: sizeLimit) else { return [] }
        return parse(text)
    }

    /// `<seconds> <hardware address> <address> <name or *> <client id or *>`, a line each.
    static func parse(_ text: String) -> [AddressLease] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard fields.count >= 4, let seconds = Int64(fields[0]), (0...1 << 40).contains(seconds),
                isHardwareAddress(fields[1]), let address = IPv4Network(fields[2]), address.prefixLength == 32
            else { return nil }
            return AddressLease(
                address: address.host(0), hardwareAddress: fields[1].lowercased(), hostName: name(fields[3]),
                ends: Moment(milliseconds: seconds * 1_000))
        }
    }

    private static func isHardwareAddress(_ text: Substring) -> Bool {
        text.utf8.count == 17 && text.split(separator: ":").count == 6
            && text.utf8.allSatisfy { byte in byte == UInt8(ascii: ":") || Character(UnicodeScalar(byte)).isHexDigit }
    }

    private static func name(_ text: Substring) -> String? {
        let isName = text.utf8.allSatisfy { byte in
            byte < 0x80 && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber)
                || "-._".utf8.contains(byte)
        }
        return isName && !text.isEmpty && text.utf8.count <= 253 ? String(text) : nil
    }
}
