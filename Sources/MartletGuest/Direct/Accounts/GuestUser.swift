/// A user of the guest: a line of passwd(5).
struct GuestUser: Hashable, Sendable {
    /// Longer names are nobody's, in bytes.
    static let longestName = 256
    /// Shells that are there so that nobody gets one.
    private static let closedShells: Set<Substring> = ["nologin", "false", "sync", "halt", "shutdown"]

    var name: String
    /// "x" where shadow(5) has the hash.
    var password: String
    var userID: UInt32
    var groupID: UInt32
    var home: String
    var shell: String

    /// nil for what isn't a line of a user, as a comment or a line of NIS.
    init?(line: some StringProtocol) {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 7, !fields[0].isEmpty, let userID = UInt32(fields[2]), let groupID = UInt32(fields[3]),
            userID != .max, groupID != .max, !"+-#".contains(fields[0].first ?? "#")
        else { return nil }
        name = String(fields[0])
        password = String(fields[1])
        self.userID = userID
        self.groupID = groupID
        home = fields[5].isEmpty ? "/" : String(fields[5])
        shell = fields[6].isEmpty ? "/bin/sh" : String(fields[6])
    }

    /// Whether its shell lets it in.
    var hasShell: Bool { !Self.closedShells.contains(shell.split(separator: "/").last ?? "") }

    /// Whether there can be a user of this name: no other is looked for.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= longestName && !name.hasPrefix("-") && !name.hasPrefix("+")
            && !name.utf8.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") || $0 <= 32 || $0 == 127 }
    }
}
