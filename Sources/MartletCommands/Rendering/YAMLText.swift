import FoundationEssentials

/// JSON in YAML's block style, which readers of YAML 1.1 and of 1.2 understand alike.
///
/// YAML has JSON's scalars: what could be read as anything but text is quoted as JSON quotes it.
/// Source: YAML 1.2.2, sections 5.7 (escapes), 7.3 and 8.2; https://yaml.org/type/ for the words that YAML 1.1 takes for others.
struct YAMLText {
    private(set) var text = ""

    /// A document without markers.
    ///
    /// - Parameter json: of an encoder; objects are written with their keys in order.
    /// - Throws: `DecodingError` for what isn't JSON.
    init(json: Data) throws {
        let tree = try JSONDecoder().decode(JSONTree.self, from: json)
        if let scalar = Self.scalar(tree) { text = scalar + "\n" } else { write(tree, indent: 0, isFirstInPlace: true) }
    }

    /// - Parameter isFirstInPlace: whether the first line is indented already.
    private mutating func write(_ tree: JSONTree, indent: Int, isFirstInPlace: Bool) {
        var isInPlace = isFirstInPlace
        func margin() -> String {
            defer { isInPlace = false }
            return isInPlace ? "" : String(repeating: " ", count: indent)
        }
        switch tree {
        case .object(let members):
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                text += margin() + Self.string(key) + ":"
                if let scalar = Self.scalar(value) {
                    text += " \(scalar)\n"
                } else {
                    text += "\n"
                    // A list's dashes stand out by themselves.
                    let deeper = if case .array = value { indent } else { indent + 2 }
                    write(value, indent: deeper, isFirstInPlace: false)
                }
            }
        case .array(let elements):
            for element in elements {
                text += margin() + "- "
                if let scalar = Self.scalar(element) {
                    text += scalar + "\n"
                } else {
                    write(element, indent: indent + 2, isFirstInPlace: true)
                }
            }
        case .null, .boolean, .integer, .unsigned, .number, .string: break
        }
    }

    /// In one line, or nil for what takes several.
    private static func scalar(_ tree: JSONTree) -> String? {
        switch tree {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements): elements.isEmpty ? "[]" : nil
        case .object(let members): members.isEmpty ? "{}" : nil
        }
    }

    /// With a point, without which YAML 1.1 takes `1e-05` for text.
    private static func number(_ value: Double) -> String {
        let text = "\(value)"
        guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
        return "\(text[..<exponent]).0\(text[exponent...])"
    }

    private static func string(_ value: String) -> String { isPlain(value) ? value : quoted(value) }

    /// Whether nobody takes it for anything but text: it begins as a word does, has nothing that means something, and isn't a word that does.
    private static func isPlain(_ value: String) -> Bool {
        guard let first = value.unicodeScalars.first, let last = value.unicodeScalars.last,
            first.properties.isAlphabetic || first == "/" || first == "_", last != ":", last != " "
        else { return false }
        if words.contains(value.lowercased()) || value.contains(": ") || value.contains(" #") { return false }
        return value.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || plainMarks.contains($0) }
    }

    private static let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
    private static let plainMarks = Set("0123456789 _-./:+=@,%()#".unicodeScalars)

    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case _ where Printable.isInvisible(scalar):
                let digits = String(scalar.value, radix: 16)
                text += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

/// Any JSON value.
private enum JSONTree: Decodable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .unsigned(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([JSONTree].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }
}
