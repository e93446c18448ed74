import MartletLinux
import MartletModel

/// What a copy did, for people and for `--json`.
struct CopyReport: Encodable, Sendable {
    var machine: String
    var isIntoGuest: Bool
    var source: String
    var target: String
    var files: UInt64
    /// Of contents, without holes, and with what was there already.
    var bytes: UInt64
    var seconds: Double
    var problems: [String]

    init(_ summary: CopySummary, source: CopyPlace, target: CopyPlace, seconds: Double) {
        (files, bytes, problems) = (summary.files, summary.bytes, summary.problems)
        self.seconds = (seconds * 1_000).rounded() / 1_000
        self.source = source.path
        self.target = target.path
        isIntoGuest = target.machine != nil
        machine = target.machine ?? source.machine ?? ""
    }

    var sentence: String {
        let size = ByteCount(bytes: Int64(clamping: bytes))
        let tenths = Int((seconds * 10).rounded())
        let way = isIntoGuest ? "into" : "out of"
        let left = problems.isEmpty ? "" : "; \(problems.count) not copied"
        return "copied \(files) \(files == 1 ? "file" : "files") (\(size)) \(way) \(Printable.escape(machine)) "
            + "in \(tenths / 10).\(tenths % 10) s\(left)"
    }
}

extension CopyPlace {
    /// As it was written, without the machine.
    var path: String {
        switch self {
        case .here(let path), .guest(_, let path): path
        }
    }

    /// nil for a path here.
    var machine: String? { if case .guest(let machine, _) = self { machine } else { nil } }
}
