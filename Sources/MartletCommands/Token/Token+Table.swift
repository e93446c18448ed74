import MartletModel

extension Token: Tabular {
    static var columns: [Column<Token>] {
        [
            Column("NAME") { $0.name },
            Column("ROLE") { $0.role.rawValue },
            Column("AGE", .right) { Age.text($1.since($0.created)) },
            Column("ID") { $0.id.description },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("ID", id.description), Field("Role", role.rawValue),
            Field("Created", Age.text(created, now: now)),
        ]
    }
}

extension CreatedToken: Tabular {
    static var columns: [Column<CreatedToken>] {
        Token.columns.map { column in Column(column.title, column.alignment) { column.value($0.token, $1) } }
    }

    func fields(now: Moment) -> [Field] { token.fields(now: now) + [Field("Secret", secret)] }
}
