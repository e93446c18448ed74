import MartletModel

extension Checkpoint: Tabular {
    static var columns: [Column<Checkpoint>] {
        [
            Column("CHECKPOINT") { $0.name },
            Column("KIND") { $0.kind.rawValue },
            Column("CONSISTENCY") { $0.consistency.rawValue },
            Column("SIZE", .right) { $0.status?.size.description ?? "" },
            Column("CREATED", .right) { checkpoint, now in Age.text(checkpoint.created, now: now) },
            Column("NOW") { $0.status?.isCurrent == true ? "*" : "" },
            Column("ID") { $0.id.description },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("ID", id.description), Field("Machine", status?.machine ?? machine.description),
            Field("Notes", notes.isEmpty ? nil : notes), Field("Created", Age.text(created, now: now)),
            Field("Asked for", asked.rawValue), Field("Kind", kind.rawValue),
            Field("Consistency", consistency.rawValue), Field("Warning", warnings?.joined(separator: "\n")),
            Field("Guest stopped", stoppedInMilliseconds.map { "\($0) ms" }),
            Field("Guest frozen", frozenInMilliseconds.map { "\($0) ms" }),
            Field("Size", status?.size.description), Field("Comes from", parent?.description),
            Field("Machine type", configuration.machineType),
            Field("Now", status.map { $0.isCurrent ? "the machine comes from it" : "no" }),
        ]
    }

    /// A line for whoever made it, and what isn't as it was asked for.
    var sentence: String {
        let stopped = stoppedInMilliseconds.map { ", the guest stood still for \($0) ms" } ?? ""
        let line = "\(Printable.escape(name)): \(kind.rawValue), \(consistency.rawValue)\(stopped)"
        return ([line] + (warnings ?? []).map { "warning: \(Printable.escape($0))" }).joined(separator: "\n")
    }
}
