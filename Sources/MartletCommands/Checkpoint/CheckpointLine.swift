import MartletModel

/// A checkpoint in the tree of its machine's.
struct CheckpointLine: Codable, Sendable {
    var checkpoint: Checkpoint
    /// How many it came from.
    var depth: Int

    init(_ checkpoint: Checkpoint, depth: Int) {
        self.checkpoint = checkpoint
        self.depth = depth
    }

    func encode(to encoder: any Encoder) throws { try checkpoint.encode(to: encoder) }

    init(from decoder: any Decoder) throws {
        checkpoint = try Checkpoint(from: decoder)
        depth = 0
    }

    /// Each followed by those that came from it.
    static func tree(_ checkpoints: [Checkpoint]) -> [CheckpointLine] {
        let known = Set(checkpoints.map(\.id))
        func below(_ parent: ID<Checkpoint>?, _ depth: Int) -> [CheckpointLine] {
            // One that comes from itself, which can't be, would never end.
            guard depth <= checkpoints.count else { return [] }
            return checkpoints.filter { $0.parent.flatMap { known.contains($0) ? $0 : nil } == parent }.flatMap {
                [CheckpointLine($0, depth: depth)] + below($0.id, depth + 1)
            }
        }
        return below(nil, 0)
    }
}

extension CheckpointLine: Tabular {
    static var columns: [Column<CheckpointLine>] {
        let first = Column<CheckpointLine>("CHECKPOINT") {
            String(repeating: "  ", count: $0.depth) + $0.checkpoint.name
        }
        return [first]
            + Checkpoint.columns.dropFirst().map { column in
                Column(column.title, column.alignment) { line, now in column.value(line.checkpoint, now) }
            }
    }

    func fields(now: Moment) -> [Field] { checkpoint.fields(now: now) }
}
