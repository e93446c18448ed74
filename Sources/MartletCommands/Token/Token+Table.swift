import MartletModel

extension Token: Tabular {
    static var columns: [Column<Token>] {
        [
            Column("NAME") { $0.name },
            Column("ROLE") { $0.role.rawValue },
            Column("MACHINES") { $0.scope?.words ?? "all" },
            Column("ENDS", .right) { $0.endText($1) },
            Column("USED", .right) { token, now in
                token.lastUsed.map { "\(Age.text(now.since($0))) ago" } ?? "never"
            },
            Column("AGE", .right) { Age.text($1.since($0.created)) },
            Column("ID") { $0.id.description },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("ID", id.description), Field("Role", role.rawValue),
            Field("Machines", scope?.words ?? "all"), Field("Created", Age.text(created, now: now)),
            Field("Ends", ends.map { "\($0) (\(endText(now)))" } ?? "never"),
            Field("Last used", lastUsed.map { Age.text($0, now: now) } ?? "never"),
        ]
    }

    /// Such as `in 3 d 4 h`.
    private func endText(_ now: Moment) -> String {
        guard let ends else { return "never" }
        return ends > now ? "in \(Age.text(ends.since(now)))" : "ended"
    }
}

extension TokenScope {
    /// The machines' ids, shortened, and the labels.
    var words: String {
        (machines.map(\.short) + labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(
            separator: ", ")
    }
}

extension CreatedToken: Tabular {
    static var columns: [Column<CreatedToken>] {
        Token.columns.map { column in Column(column.title, column.alignment) { column.value($0.token, $1) } }
    }

    func fields(now: Moment) -> [Field] { token.fields(now: now) + [Field("Secret", secret)] }
}
