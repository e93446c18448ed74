import MartletModel

extension VirtualSwitch: Tabular {
    static var columns: [Column<VirtualSwitch>] {
        [
            Column("NAME") { $0.name },
            Column("KIND") { $0.kind.rawValue },
            Column("SUBNET") { $0.subnet ?? "" },
            Column("ADAPTER") { $0.adapter ?? "" },
            Column("DEFAULT") { $0.isDefault ? "yes" : "" },
            Column("ID") { $0.id.description },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("ID", id.description), Field("Kind", kind.rawValue), Field("Subnet", subnet),
            Field("Adapter", adapter),
            Field("Default", isDefault ? "yes" : "no"),
        ]
    }
}
