import Logging
import MartletLinux
import MartletModel

/// The files of samples: one for each machine by its id, and the host's.
///
/// They are no documents: what is lost of them is a piece of a graph.
struct SampleStore: Sendable {
    /// Whose samples they are.
    enum Subject: Hashable, Sendable, CustomStringConvertible {
        case host
        case machine(ID<VirtualMachine>)

        var description: String {
            switch self {
            case .host: "host"
            case .machine(let id): "\(id)"
            }
        }
    }

    let folder: String
    let logger: Logger

    private static let ending = ".samples"

    private func file(_ subject: Subject) -> FixedFile {
        FixedFile(path: "\(folder)/\(subject)\(Self.ending)", size: SampleFile.size, header: SampleFile.header)
    }

    /// The rows of a span; none where there is no file. What can't be read is left out and said in the log.
    func read(_ span: SampleSpan, of subject: Subject) -> [SampleRollup.Row] {
        do {
            guard let ring = try file(subject).read(SampleFile.range(of: span)) else { return [] }
            let (rows, damaged) = SampleFile.decode(ring, of: span)
            if damaged > 0 {
                logger.warning(
                    "some kept samples are damaged and left out",
                    metadata: ["subject": "\(subject)", "span": "\(span)", "damaged": "\(damaged)"])
            }
            return rows
        } catch {
            logger.warning("kept samples can't be read", metadata: ["subject": "\(subject)", "error": "\(error)"])
            return []
        }
    }

    /// Writes rows where they belong; neighbours in one write.
    func write(_ rows: [SampleRollup.Row], of subject: Subject) {
        guard !rows.isEmpty else { return }
        var parts: [FixedFile.Part] = []
        for row in rows.sorted(by: { ($0.span.stepInSeconds, $0.tick) < ($1.span.stepInSeconds, $1.tick) }) {
            let (offset, bytes) = (SampleFile.place(of: row.span, tick: row.tick), SampleFile.encode(row))
            if let last = parts.last, last.offset + last.bytes.count == offset {
                parts[parts.count - 1].bytes += bytes
            } else {
                parts.append(.init(offset: offset, bytes: bytes))
            }
        }
        do {
            try Folder.make(folder, mode: 0o700)
            if try file(subject).write(parts) {
                logger.warning(
                    "a file of kept samples was no such file and is made anew", metadata: ["subject": "\(subject)"])
            }
        } catch {
            logger.warning("samples can't be kept", metadata: ["subject": "\(subject)", "error": "\(error)"])
        }
    }

    /// Removes the files of machines that are no more.
    func sweep(_ isKnown: (ID<VirtualMachine>) -> Bool) {
        for name in (try? FileEntry.names(in: folder)) ?? [] {
            guard name.hasSuffix(Self.ending), let id = ID<VirtualMachine>(String(name.dropLast(Self.ending.count))),
                !isKnown(id)
            else { continue }
            try? Folder.removeTree("\(folder)/\(name)")
        }
    }
}
