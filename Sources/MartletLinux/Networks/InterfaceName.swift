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
}
