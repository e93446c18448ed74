import MartletModel

/// Values as bytes, the highest first.
struct CopyWriter {
    var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }
    mutating func word(_ value: UInt32) {
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }
    mutating func long(_ value: UInt64) {
        word(UInt32(truncatingIfNeeded: value >> 32))
        word(UInt32(truncatingIfNeeded: value))
    }
    /// Bytes with their count before them; at most 65,535.
    mutating func short(_ value: [UInt8]) {
        let value = value.prefix(65_535)
        bytes += [UInt8(truncatingIfNeeded: value.count >> 8), UInt8(truncatingIfNeeded: value.count)] + value
    }
    mutating func message(_ text: String) { short(Array(text.utf8.prefix(CopyRecord.longestMessage))) }
    mutating func attributes(_ value: CopyAttributes) {
        word(value.mode)
        word(value.userID)
        word(value.groupID)
        short(Array(value.user.utf8))
        short(Array(value.group.utf8))
        long(UInt64(bitPattern: value.seconds))
        word(value.nanoseconds)
    }
}

/// Values of bytes that somebody else wrote: all that is read here may be meant badly.
struct CopyReader {
    static var malformed: MartletError {
        MartletError(.invalidArgument, "what came isn't a copy, or is damaged; nothing of it was put in place")
    }

    private var left: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { left = bytes[...] }

    var isEmpty: Bool { left.isEmpty }

    mutating func rest() -> [UInt8] {
        defer { left = [] }
        return Array(left)
    }

    mutating func byte() throws(MartletError) -> UInt8 {
        guard let value = left.popFirst() else { throw Self.malformed }
        return value
    }

    mutating func word() throws(MartletError) -> UInt32 {
        guard left.count >= 4 else { throw Self.malformed }
        defer { left = left.dropFirst(4) }
        return left.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func long() throws(MartletError) -> UInt64 { UInt64(try word()) << 32 | UInt64(try word()) }

    /// A size or a place in a file.
    mutating func size() throws(MartletError) -> UInt64 {
        let value = try long()
        guard value <= UInt64(Int64.max) / 2 else { throw Self.malformed }
        return value
    }

    mutating func short() throws(MartletError) -> [UInt8] {
        let count = Int(try byte()) << 8 | Int(try byte())
        guard left.count >= count else { throw Self.malformed }
        defer { left = left.dropFirst(count) }
        return Array(left.prefix(count))
    }

    mutating func message() throws(MartletError) -> String {
        let bytes = try short()
        guard bytes.count <= CopyRecord.longestMessage else { throw Self.malformed }
        // It is shown on a terminal.
        let text = String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar -> Character in
            scalar.value < 32 || (127..<160).contains(scalar.value) ? "?" : Character(scalar)
        }
        return String(text)
    }

    /// The name of something in a folder: it leads nowhere else.
    mutating func name() throws(MartletError) -> CopyName {
        let name = try short()
        guard (1...255).contains(name.count), name != Array(".".utf8), name != Array("..".utf8),
            !name.contains(UInt8(ascii: "/")), !name.contains(0)
        else { throw Self.malformed }
        return name
    }

    mutating func linkTarget() throws(MartletError) -> [UInt8] {
        let target = try short()
        guard (1...4_095).contains(target.count), !target.contains(0) else { throw Self.malformed }
        return target
    }

    mutating func attributes() throws(MartletError) -> CopyAttributes {
        let (mode, userID, groupID) = (try word(), try word(), try word())
        let (user, group) = (try short(), try short())
        let (seconds, nanoseconds) = (Int64(bitPattern: try long()), try word())
        guard mode <= 0o7777, nanoseconds < 1_000_000_000, userID != .max, groupID != .max, user.count <= 256,
            group.count <= 256
        else { throw Self.malformed }
        return CopyAttributes(
            mode: mode, userID: userID, groupID: groupID, user: String(decoding: user, as: UTF8.self),
            group: String(decoding: group, as: UTF8.self), seconds: seconds, nanoseconds: nanoseconds)
    }
}
