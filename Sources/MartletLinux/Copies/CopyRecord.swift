import MartletModel

/// What is kept of a file besides its contents.
package struct CopyAttributes: Hashable, Sendable {
    /// Permissions with the set-user-id, set-group-id and sticky bits: 0 to 0o7777.
    package var mode: UInt32
    package var userID: UInt32
    package var groupID: UInt32
    /// Empty when the number has no name; a name goes before the number.
    package var user: String
    package var group: String
    /// When the contents were changed last, since 1970.
    package var seconds: Int64
    /// 0 to 999,999,999.
    package var nanoseconds: UInt32

    package init(
        mode: UInt32, userID: UInt32, groupID: UInt32, user: String, group: String, seconds: Int64, nanoseconds: UInt32
    ) {
        self.mode = mode
        self.userID = userID
        self.groupID = groupID
        self.user = user
        self.group = group
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}

/// A name in a folder, as the bytes that it is: not all are UTF-8.
package typealias CopyName = [UInt8]

/// One thing that the two sides of a copy say; README.md has the order.
package enum CopyRecord: Hashable, Sendable {
    /// Into a folder: what follows lies in it.
    case folder(CopyName, CopyAttributes)
    /// Out of it.
    case leave
    /// A file that the receiver is asked about: it answers with `have`.
    case file(CopyName, CopyAttributes, size: UInt64)
    case link(CopyName, CopyAttributes, target: [UInt8])
    /// The contents of the oldest file asked about and not sent yet, from this place on.
    case begin(offset: UInt64)
    /// Bytes at a place; what no bytes are said for is a hole.
    case data(offset: UInt64, [UInt8])
    /// The file is whole; the checksum is `CopyChecksum`'s of what was sent.
    case fileEnd(checksum: UInt64)
    /// The file can't be sent after all.
    case fileFailed(String)
    /// Something else that wasn't copied.
    case problem(String)
    case end

    /// The receiver has these many bytes of it, with this digest (SHA-256); with `isWhole` the file itself is there with its size and time.
    case have(offset: UInt64, isWhole: Bool, digest: [UInt8])
    case done(files: UInt64, bytes: UInt64, problems: [String])
    /// Nothing more is copied.
    case failed(String)

    /// Of bytes in one record.
    package static let longestData = 256 * 1024
    /// A record's, without its head.
    static let longest = longestData + 16
    static let headLength = 5
    static let longestMessage = 600
    static let mostProblems = 100

    static let dataKind: UInt8 = 6
    static let offsetLength = 8

    /// Of a record of a file's bytes, all but these.
    static func dataHead(offset: UInt64, count: Int) -> [UInt8] {
        var head = CopyWriter()
        head.byte(dataKind)
        head.word(UInt32(offsetLength + count))
        head.long(offset)
        return head.bytes
    }

    /// The record with its head: its kind and its length.
    var encoded: [UInt8] {
        var body = CopyWriter()
        let kind = write(to: &body)
        var head = CopyWriter()
        head.byte(kind)
        head.word(UInt32(body.bytes.count))
        return head.bytes + body.bytes
    }

    private func write(to body: inout CopyWriter) -> UInt8 {
        switch self {
        case .folder(let name, let attributes):
            body.short(name)
            body.attributes(attributes)
            return 1
        case .leave: return 2
        case .file(let name, let attributes, let size):
            body.short(name)
            body.attributes(attributes)
            body.long(size)
            return 3
        case .link(let name, let attributes, let target):
            body.short(name)
            body.attributes(attributes)
            body.short(target)
            return 4
        case .begin(let offset):
            body.long(offset)
            return 5
        case .data(let offset, let bytes):
            body.long(offset)
            body.bytes += bytes
            return Self.dataKind
        case .fileEnd(let checksum):
            body.long(checksum)
            return 7
        case .fileFailed(let message):
            body.message(message)
            return 8
        case .problem(let message):
            body.message(message)
            return 9
        case .end: return 10
        case .have(let offset, let isWhole, let digest):
            body.long(offset)
            body.byte(isWhole ? 1 : 0)
            body.short(digest)
            return 32
        case .done(let files, let bytes, let problems):
            body.long(files)
            body.long(bytes)
            body.word(UInt32(min(problems.count, Self.mostProblems)))
            for problem in problems.prefix(Self.mostProblems) { body.message(problem) }
            return 33
        case .failed(let message):
            body.message(message)
            return 34
        }
    }

    /// - Throws: `invalidArgument` for what is no record: nothing of it is taken.
    init(kind: UInt8, _ bytes: [UInt8]) throws(MartletError) {
        var body = CopyReader(bytes)
        switch kind {
        case 1: self = .folder(try body.name(), try body.attributes())
        case 2: self = .leave
        case 3: self = .file(try body.name(), try body.attributes(), size: try body.size())
        case 4: self = .link(try body.name(), try body.attributes(), target: try body.linkTarget())
        case 5: self = .begin(offset: try body.size())
        case Self.dataKind: self = .data(offset: try body.size(), body.rest())
        case 7: self = .fileEnd(checksum: try body.long())
        case 8: self = .fileFailed(try body.message())
        case 9: self = .problem(try body.message())
        case 10: self = .end
        case 32: self = .have(offset: try body.size(), isWhole: try body.byte() == 1, digest: try body.short())
        case 33:
            let (files, sum, count) = (try body.long(), try body.long(), try body.word())
            guard count <= Self.mostProblems else { throw CopyReader.malformed }
            var problems: [String] = []
            for _ in 0..<count { problems.append(try body.message()) }
            self = .done(files: files, bytes: sum, problems: problems)
        case 34: self = .failed(try body.message())
        default: throw CopyReader.malformed
        }
        guard body.isEmpty else { throw CopyReader.malformed }
    }
}
