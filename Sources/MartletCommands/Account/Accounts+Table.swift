import MartletModel

extension GuestUserAccount: Tabular {
    static var columns: [Column<GuestUserAccount>] {
        [
            Column("NAME") { $0.name }, Column("UID", .right) { "\($0.userID)" }, Column("ENABLED") { $0.enabled },
            Column("FULL NAME") { $0.fullName }, Column("HOME") { $0.home }, Column("SHELL") { $0.shell },
            Column("GROUPS") { $0.groups.joined(separator: ", ") },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("User id", "\(userID)"), Field("Group id", "\(groupID)"),
            Field("Enabled", enabled), Field("Full name", fullName), Field("Home", home), Field("Shell", shell),
            Field("Other groups", groups.joined(separator: ", ")),
        ]
    }

    private var enabled: String { isEnabled.map { $0 ? "yes" : "no" } ?? "not known" }
}

extension GuestGroupAccount: Tabular {
    static var columns: [Column<GuestGroupAccount>] {
        [
            Column("NAME") { $0.name }, Column("GID", .right) { "\($0.groupID)" },
            Column("MEMBERS") { $0.members.joined(separator: ", ") },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("Group id", "\(groupID)"),
            Field("Members", members.joined(separator: ", ")),
        ]
    }
}

/// A user of a group.
struct GuestMemberLine: Encodable, Sendable {
    var name: String
    /// nil for one that isn't among the guest's own users, as of a directory.
    var userID: UInt32?
    /// Whether it is the user's own group, which nothing adds it to or takes it from.
    var isOwnGroup: Bool

    /// Those that the group lists, and behind them those whose own it is.
    static func lines(_ group: GuestGroupAccount, _ users: [GuestUserAccount]) -> [GuestMemberLine] {
        let numbers = Dictionary(users.map { ($0.name, $0.userID) }, uniquingKeysWith: { first, _ in first })
        let listed = group.members.map { GuestMemberLine(name: $0, userID: numbers[$0], isOwnGroup: false) }
        let own = users.filter { $0.groupID == group.groupID && !group.members.contains($0.name) }
        return listed + own.map { GuestMemberLine(name: $0.name, userID: $0.userID, isOwnGroup: true) }
    }
}

extension GuestMemberLine: Tabular {
    static var columns: [Column<GuestMemberLine>] {
        [
            Column("USER") { $0.name }, Column("UID", .right) { $0.userID.map { "\($0)" } ?? "not known" },
            Column("OWN GROUP") { $0.isOwnGroup ? "yes" : "no" },
        ]
    }

    func fields(now: Moment) -> [Field] { Self.columns.map { Field($0.title, $0.value(self, now)) } }
}
