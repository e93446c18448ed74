import MartletModel

extension Disk: Tabular {
    static var columns: [Column<Disk>] {
        [
            Column("NAME") { $0.name },
            Column("SIZE", .right) { $0.capacity.description },
            Column("FORMAT") { $0.format.rawValue },
            Column("MACHINE") { $0.machine?.description ?? "" },
            Column("ID") { $0.id.description },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("ID", id.description), Field("Size", "\(capacity) (\(capacity.bytes) bytes)"),
            Field("Format", format.rawValue), Field("Machine", machine?.description ?? "none"),
            Field("Linked copy of", backing?.description ?? "none"), Field("File", path),
            Field("Created", Age.text(created, now: now)),
        ]
    }

    /// A line for whoever made it.
    var sentence: String { "\(Printable.escape(name)) has \(capacity) (\(id))" }
}
