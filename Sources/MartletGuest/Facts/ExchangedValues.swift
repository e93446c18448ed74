import MartletLinux
import MartletModel

/// Named values between host and guest, a file each: simple enough for any script.
enum ExchangedValues {
    /// What lies in a folder; what breaks the rules is left out. A folder that isn't there has nothing.
    static func read(_ folder: String) -> [String: String] {
        let names = ((try? FileEntry.names(in: folder)) ?? []).filter(GuestValueRules.isName).sorted()
        let pairs = names.prefix(GuestValueRules.most).compactMap { name -> (String, String)? in
            // A character has four bytes at most.
            let bytes = try? BoundedFile.readRegular("\(folder)/\(name)", limit: GuestValueRules.longestValue * 4)
            // Without the newline that `echo` ends it with.
            return bytes.map { bytes in
                let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
                return (name, String(decoding: text, as: UTF8.self))
            }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// Makes a folder hold these values and no others.
    ///
    /// - Throws: `invalidArgument`, and then nothing is changed; as `AtomicFile`.
    static func write(_ values: [String: String], to folder: String) throws(MartletError) {
        try GuestValueRules.check(values)
        guard !values.isEmpty || FileEntry.exists(folder) else { return }
        try Folder.make(folder, mode: 0o755)
        for (name, value) in values { try AtomicFile.write(Array(value.utf8), to: "\(folder)/\(name)", mode: 0o644) }
        for name in try FileEntry.names(in: folder) where GuestValueRules.isName(name) && values[name] == nil {
            try Folder.removeTree("\(folder)/\(name)")
        }
    }
}
