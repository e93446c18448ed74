import MartletModel

extension Operation: Tabular {
    static var columns: [Column<Operation>] {
        [
            Column("ID") { $0.id.description },
            Column("WORK") { $0.title },
            Column("STATE") { $0.state.rawValue },
            Column("PROGRESS", .right) { $0.percent },
            Column("AGE", .right) { Age.text($1.since($0.started)) },
            Column("BY") { $0.requestedBy },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("ID", id.description), Field("Work", "\(title) (\(kind))"), Field("State", state.rawValue),
            Field("Progress", percent), Field("Subject", subject), Field("By", requestedBy),
            Field("Started", Age.text(started, now: now)),
            Field("Ended", ended.map { "\($0) (after \(Age.text($0.since(started))))" }),
            Field("Error", error?.message),
            Field("Messages", messages.joined(separator: "\n")),
            Field("Steps", steps.map(Self.text).joined(separator: "\n")),
        ]
    }

    private static func text(_ step: Step) -> String {
        let state = step.state.rawValue
        return state + String(repeating: " ", count: max(1, 9 - state.count)) + step.name
    }

    private var percent: String { "\(progress.isFinite ? Int(min(max(progress, 0), 1) * 100) : 0) %" }

    /// A line for whoever waited for it.
    var sentence: String { "\(Printable.escape(title)): \(state)" }
}
