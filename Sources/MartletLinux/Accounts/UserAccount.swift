import Glibc
package import MartletModel

/// A user of this host, as the name service knows it.
///
/// All of it blocks, for seconds where a directory server is asked: call it through `BlockingWork`.
package struct UserAccount: Hashable, Sendable {
    package var name: String
    package var userID: UInt32
    /// The user's own group.
    package var groupID: UInt32
    /// Empty where the system's is meant.
    package var shell: String

    /// The account with this user id; nil when there is none.
    ///
    /// - Throws: `ioFailed` when the name service fails.
    package init?(userID: UInt32) throws(MartletError) {
        let found = try NameService.look("user \(userID)", passwd()) {
            getpwuid_r(userID, $0, $1, $2, $3)
        } read: {
            Self($0)
        }
        guard let found else { return nil }
        self = found
    }

    /// The account with this name; nil when there is none.
    ///
    /// - Throws: `ioFailed` when the name service fails.
    package init?(name: String) throws(MartletError) {
        let found = try NameService.look("user '\(name)'", passwd()) {
            getpwnam_r(name, $0, $1, $2, $3)
        } read: {
            Self($0)
        }
        guard let found else { return nil }
        self = found
    }

    private init(_ entry: passwd) {
        name = entry.pw_name.map { String(cString: $0) } ?? ""
        userID = entry.pw_uid
        groupID = entry.pw_gid
        shell = entry.pw_shell.map { String(cString: $0) } ?? ""
    }

    /// As the owner of files.
    package var owner: FileOwner { FileOwner(userID: userID, groupID: groupID) }

    /// Whether a user is in a group, by its own group or as a member; false when either doesn't exist.
    ///
    /// - Throws: `ioFailed` when the name service fails.
    package static func isMember(userID: UInt32, ofGroup name: String) throws(MartletError) -> Bool {
        guard let group = try groupID(named: name), let account = try UserAccount(userID: userID) else { return false }
        return account.groups().contains(group)
    }

    /// The id of a group; nil when there is none.
    ///
    /// - Throws: `ioFailed` when the name service fails.
    package static func groupID(named name: String) throws(MartletError) -> UInt32? {
        try NameService.look("group '\(name)'", group()) {
            getgrnam_r(name, $0, $1, $2, $3)
        } read: {
            $0.gr_gid
        }
    }

    /// The ids of all groups that the user is in, its own among them.
    package func groups() -> [UInt32] {
        var count: Int32 = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            let room = count
            if getgrouplist(name, groupID, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
            // It said how many there are; grow in any case, or a list that grows meanwhile would be asked for without end.
            count = max(count, room * 2)
        }
    }
}
