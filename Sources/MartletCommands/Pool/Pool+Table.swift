import MartletModel

extension Pool: Tabular {
    static var columns: [Column<Pool>] {
        [
            Column("NAME") { $0.name },
            Column("DEFAULT") { $0.isDefault ? "yes" : "" },
            Column("STATE") { $0.status?.state.rawValue ?? "" },
            Column("FREE", .right) { $0.status?.free?.description ?? "" },
            Column("SIZE", .right) { $0.status?.total?.description ?? "" },
            Column("DISKS", .right) { $0.status.map { "\($0.disks)" } ?? "" },
            Column("PATH") { $0.path },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("ID", id.description), Field("Path", path),
            Field("Default", isDefault ? "yes" : "no"), Field("State", status.map { Self.text($0.state) }),
            Field("Free", status?.free?.description), Field("Size", status?.total?.description),
            Field("Disks", status.map { "\($0.disks)" }), Field("Created", Age.text(created, now: now)),
        ]
    }

    private static func text(_ state: PoolStatus.State) -> String {
        switch state {
        case .ready: "ready"
        case .low: "low: less than 5 % is free"
        case .full: "full: machines that write to it stand still until there is room"
        case .missing: "missing: what belongs there isn't mounted"
        }
    }

    /// A line for whoever made or changed it.
    var sentence: String {
        "\(Printable.escape(name)) at \(Printable.escape(path)) is \(status?.state.rawValue ?? "there")\(isDefault ? ", and the default" : "")"
    }
}
