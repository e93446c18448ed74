import MartletModel

extension Disk: Tabular {
    static var columns: [Column<Disk>] {
        [
            Column("NAME") { $0.name },
            Column("SIZE", .right) { $0.capacity.description },
            Column("ON DISK", .right) { $0.status?.allocated?.description ?? ($0.status == nil ? "" : "missing") },
            Column("FORMAT") { $0.format.rawValue },
            Column("POOL") { $0.status?.pool ?? "" },
            Column("MACHINE") { $0.owner ?? "" },
            Column("SLOT", .right) { $0.status?.slot.map { "\($0)" } ?? "" },
            Column("ID") { $0.id.description },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("ID", id.description), Field("Size", "\(capacity) (\(capacity.bytes) bytes)"),
            Field("On disk", status.map { $0.allocated?.description ?? "the file isn't there" }),
            Field("Format", format.rawValue), Field("Pool", status?.pool), Field("Machine", owner ?? "none"),
            Field("Slot", status?.slot.map { "\($0)" }), Field("In use", status.map { $0.isInUse ? "yes" : "no" }),
            Field("Linked copy of", backing?.description), Field("File", path),
            Field("Created", Age.text(created, now: now)),
        ]
    }

    private var owner: String? { status?.machine ?? machine?.description }

    /// A line for whoever made it.
    var sentence: String { "\(Printable.escape(name)) has \(capacity) (\(id))" }

    /// A line for whoever moved it.
    var placeSentence: String {
        guard let owner else { return "\(Printable.escape(name)) belongs to no machine" }
        let place = status?.slot.map { ", in slot \($0)" } ?? ""
        return "\(Printable.escape(name)) belongs to \(Printable.escape(owner))\(place)"
    }
}
