/// The names of users and groups, as passwd(5) and group(5) have them; both ways.
struct OwnerNames {
    private var users: (names: [UInt32: String], ids: [String: UInt32])
    private var groups: (names: [UInt32: String], ids: [String: UInt32])

    init(folder: String = "/etc") {
        users = Self.read("\(folder)/passwd")
        groups = Self.read("\(folder)/group")
    }

    func user(_ id: UInt32) -> String { users.names[id] ?? "" }
    func group(_ id: UInt32) -> String { groups.names[id] ?? "" }

    /// The owner here: the one of the name where there is one, else the one of the number.
    func owner(of attributes: CopyAttributes) -> FileOwner {
        FileOwner(
            userID: users.ids[attributes.user] ?? attributes.userID,
            groupID: groups.ids[attributes.group] ?? attributes.groupID)
    }

    private static func read(_ path: String) -> ([UInt32: String], [String: UInt32]) {
        let text = (try? BoundedFile.readText(path, limit: 64 << 20)) ?? ""
        let pairs = text.split(separator: "\n").compactMap { line -> (UInt32, String)? in
            let fields = line.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, let id = UInt32(fields[2]), !fields[0].isEmpty else { return nil }
            return (id, String(fields[0]))
        }
        return (
            Dictionary(pairs, uniquingKeysWith: { first, _ in first }),
            Dictionary(pairs.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        )
    }
}
