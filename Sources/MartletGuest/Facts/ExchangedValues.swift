import MartletLinux
import MartletModel

/// Named values between host and guest, a file each: simple enough for any script.
enum ExchangedValues {
    /// Hyper-V's data exchange takes 2,048 bytes a value; names are kept to what a file can be called anywhere.
    static let longestValue = 2048, longestName = 64, most = 100

    /// What lies in a folder; what breaks the limits is left out. A folder that isn't there has nothing.
    static func read(_ folder: String) -> [String: String] {
        let names = ((try? FileEntry.names(in: folder)) ?? []).filter(isName).sorted().prefix(most)
        let pairs = names.compactMap { name -> (String, String)? in
            guard let bytes = try? BoundedFile.readRegular("\(folder)/\(name)", limit: longestValue) else { return nil }
            return (name, String(decoding: bytes, as: UTF8.self))
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// Makes a folder hold these values and no others.
    ///
    /// - Throws: `invalidArgument` for a name or a value that breaks the limits, and then nothing is changed; as `AtomicFile`.
    static func write(_ values: [String: String], to folder: String) throws(MartletError) {
        guard values.count <= most else {
            throw MartletError(.invalidArgument, "\(values.count) values are too many; \(most) may be exchanged")
        }
        for (name, value) in values where !isName(name) || value.utf8.count > longestValue {
            throw MartletError(
                .invalidArgument,
                "'\(name.prefix(longestName))' can't be exchanged: a name has 1 to \(longestName) of a-z, A-Z, 0-9, '.', '_', "
                    + "'-' and begins with none of these signs, a value at most \(longestValue) bytes")
        }
        try Folder.make(folder, mode: 0o755)
        for (name, value) in values { try AtomicFile.write(Array(value.utf8), to: "\(folder)/\(name)", mode: 0o644) }
        for name in try FileEntry.names(in: folder) where isName(name) && values[name] == nil {
            try Folder.removeTree("\(folder)/\(name)")
        }
    }

    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= longestName else { return false }
        let isPlain = { (byte: UInt8) in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        return isPlain(first) && name.utf8.allSatisfy { isPlain($0) || "._-".utf8.contains($0) }
    }
}
