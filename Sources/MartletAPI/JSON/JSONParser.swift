package import MartletModel

/// Reads JSON (RFC 8259) strictly: UTF-8 alone, no name twice in an object, at most 32 levels deep.
///
/// Bodies are read here first, so that what is wrong with one can be said with its place, and decoded afterwards.
package struct JSONParser {
    /// How deep arrays and objects may be nested; no request of ours has more than four.
    package static let greatestDepth = 32

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Throws: `invalidArgument`, saying what is wrong at which byte.
    package static func parse(_ bytes: [UInt8]) throws(MartletError) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw MartletError(.invalidArgument, "the body is not UTF-8; send JSON")
        }
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipBlanks()
        guard parser.next == nil else { throw parser.failure("there is more after the JSON value") }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func failure(_ problem: String) -> MartletError {
        MartletError(.invalidArgument, "the body is not JSON: \(problem) at byte \(position)")
    }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { position += 1 }
    }

    private mutating func value(depth: Int) throws(MartletError) -> JSONValue {
        guard depth <= Self.greatestDepth else { throw failure("more than \(Self.greatestDepth) levels") }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try items(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(MartletError) -> JSONValue {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, bytes[position..<end].elementsEqual("\(word)".utf8) else {
            throw failure("an unknown word")
        }
        position = end
        return value
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func items(depth: Int) throws(MartletError) -> [JSONValue] {
        position += 1
        var items: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return items }
        repeat { items.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw failure("a missing ']'") }
        return items
    }

    private mutating func members(depth: Int) throws(MartletError) -> [JSONValue.Member] {
        position += 1
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        if take(UInt8(ascii: "}")) { return members }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw failure("a missing name") }
            let name = try string()
            guard names.insert(name).inserted else { throw failure("the name '\(name)' a second time") }
            guard take(UInt8(ascii: ":")) else { throw failure("a missing ':'") }
            members.append(.init(name, try value(depth: depth + 1)))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw failure("a missing '}'") }
        return members
    }

    private mutating func number() throws(MartletError) -> JSONValue {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        let firstDigit = next
        let digits = skipDigits()
        guard digits > 0, digits == 1 || firstDigit != UInt8(ascii: "0") else { throw failure("an unreadable value") }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            position += 1
            isInteger = false
            if skipDigits() == 0 { throw failure("a number that ends in '.'") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            isInteger = false
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            if skipDigits() == 0 { throw failure("a number without an exponent") }
        }
        return try read(number: String(decoding: bytes[start..<position], as: UTF8.self), isInteger: isInteger)
    }

    private func read(number text: String, isInteger: Bool) throws(MartletError) -> JSONValue {
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw failure("a number out of range") }
        return .number(number)
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func string() throws(MartletError) -> String {
        position += 1
        var scalars: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: scalars, as: UTF8.self)
            case UInt8(ascii: "\\"): scalars.append(contentsOf: "\(try escaped())".utf8)
            case ..<0x20: throw failure("a control character in a string")
            default: scalars.append(byte)
            }
        }
        throw failure("a string without an end")
    }

    private mutating func escaped() throws(MartletError) -> Unicode.Scalar {
        guard let byte = next else { throw failure("a string without an end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicode()
        default: throw failure("an unknown escape")
        }
    }

    /// The scalar of `\uXXXX`, or of two that make a surrogate pair.
    private mutating func unicode() throws(MartletError) -> Unicode.Scalar {
        let unit = try codeUnit()
        if let scalar = Unicode.Scalar(UInt32(unit)) { return scalar }
        guard UTF16.isLeadSurrogate(unit), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw failure("half a surrogate pair") }
        position += 2
        let second = try codeUnit()
        guard UTF16.isTrailSurrogate(second) else { throw failure("half a surrogate pair") }
        return UTF16.decode(UTF16.EncodedScalar([unit, second]))
    }

    private mutating func codeUnit() throws(MartletError) -> UInt16 {
        guard position + 4 <= bytes.count,
            bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw failure("an escape without four hex digits") }
        position += 4
        return unit
    }
}
