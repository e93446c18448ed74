import MartletLinux
import MartletModel

/// The users and groups of the guest's own files; those of a directory aren't the guest's to change.
struct AccountList {
    let folder: String

    init(folder: String = "/etc") { self.folder = folder }

    func users() -> [GuestUserAccount] {
        let groups = groups()
        // Only root may read it, and then it is left open what only root may know.
        let shadow = lines("shadow").map { lines in
            Dictionary(
                lines.compactMap { line in ShadowEntry(line: line).map { (Self.first(line), $0) } },
                uniquingKeysWith: { first, _ in first })
        }
        return (lines("passwd") ?? []).compactMap { line in
            guard let user = GuestUser(line: line) else { return nil }
            let comment = line.split(separator: ":", omittingEmptySubsequences: false)[4]
            return GuestUserAccount(
                name: user.name, userID: user.userID, groupID: user.groupID,
                fullName: comment.split(separator: ",", omittingEmptySubsequences: false).first.map(String.init) ?? "",
                home: user.home, shell: user.shell,
                groups: groups.filter { $0.members.contains(user.name) }.map(\.name),
                isEnabled: shadow.map { $0[user.name].map(Self.isEnabled) ?? true })
        }
    }

    func groups() -> [GuestGroupAccount] {
        (lines("group") ?? []).compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 4, let groupID = UInt32(fields[2]), !fields[0].isEmpty else { return nil }
            return GuestGroupAccount(
                name: String(fields[0]), groupID: groupID, members: fields[3].split(separator: ",").map(String.init))
        }
    }

    /// - Throws: `notFound`.
    func user(_ name: String) throws(MartletError) -> GuestUserAccount {
        if let user = users().first(where: { $0.name == name }) { return user }
        throw MartletError(
            .notFound, "the guest has no user '\(name)' of its own; list them with 'martlet vm user list'")
    }

    /// - Throws: `notFound`.
    func group(_ name: String) throws(MartletError) -> GuestGroupAccount {
        if let group = groups().first(where: { $0.name == name }) { return group }
        throw MartletError(
            .notFound, "the guest has no group '\(name)' of its own; list them with 'martlet vm group list'")
    }

    /// The hash of a password; nil when it may not be known.
    func hash(of name: String) -> String? {
        lines("shadow")?.first { Self.first($0) == name }.flatMap { ShadowEntry(line: $0)?.hash }
    }

    /// A password that never was doesn't make an account closed: keys open it.
    private static func isEnabled(_ entry: ShadowEntry) -> Bool {
        !entry.isExpired(on: AccountDatabase.today) && !(entry.hash.hasPrefix("!") && entry.hash.count > 2)
    }

    private static func first(_ line: Substring) -> String { String(line.prefix { $0 != ":" }) }

    private func lines(_ file: String) -> [Substring]? {
        (try? BoundedFile.readText("\(folder)/\(file)", limit: 64 << 20))?.split(separator: "\n")
    }
}
