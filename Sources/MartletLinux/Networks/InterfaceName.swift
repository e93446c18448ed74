import MartletModel

/// Checks names of interfaces that we make, before they become a part of a command.
enum InterfaceName {
    /// - Throws: `invalidArgument` for a name that isn't `mlt` and 1 to 12 lower-case letters or digits.
    static func check(_ name: String) throws(MartletError) {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard isPlain, name.hasPrefix("mlt"), (4...15).contains(name.utf8.count) else {
            throw MartletError(
                .invalidArgument,
                "the interface name '\(name)' is not 'mlt' and 1 to 12 lower-case letters or digits"
            )
        }
    }

    /// Checks the name of an interface that the host has, before it becomes a part of a command.
    ///
    /// - Throws: `invalidArgument` for what isn't 1 to 15 letters, digits, dots, dashes and underscores, begins with a dash, or is ours.
    static func check(hostAdapter name: String) throws(MartletError) {
        let isPlain = name.utf8.allSatisfy { byte in
            byte < 0x80 && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || ".-_".utf8.contains(byte)
        }
        guard isPlain, (1...15).contains(name.utf8.count), !name.hasPrefix("-"), name != ".", name != "..",
            name != "lo",
            !name.hasPrefix("mlt")
        else {
            throw MartletError(
                .invalidArgument, "'\(name)' can't be a switch's adapter; name one that `ip link` shows, such as eth1")
        }
    }
}
