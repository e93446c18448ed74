import MartletModel

extension Image: Tabular {
    static var columns: [Column<Image>] {
        [
            Column("NAME") { $0.name },
            Column("KIND") { $0.kind.rawValue },
            Column("CAPACITY", .right) { $0.capacity.description },
            Column("FILE", .right) { $0.fileSize.description },
            Column("SOURCE") { $0.source },
            Column("ID") { $0.id.description },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("ID", id.description), Field("Kind", kind.rawValue),
            Field("Capacity", "\(capacity) (\(capacity.bytes) bytes)"),
            Field("File size", "\(fileSize) (\(fileSize.bytes) bytes)"), Field("SHA-256", sha256 ?? "none"),
            Field("Source", source), Field("Description", description),
            Field("Boots with UEFI", Self.text(bootsWithUEFI)),
            Field("Boots with Secure Boot", Self.text(bootsWithSecureBoot)), Field("File", path),
            Field("Created", Age.text(created, now: now)),
        ]
    }

    private static func text(_ known: Bool?) -> String { known.map { $0 ? "yes" : "no" } ?? "not known" }

    /// A line for whoever made it.
    var sentence: String { "\(Printable.escape(name)) has \(capacity) (\(id))" }
}
