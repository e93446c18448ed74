import Glibc
package import MartletModel

/// Whether a folder can be trusted with files of guests: nobody else can put something else in its place.
package enum FolderSafety {
    /// Looks at a folder and at every one above it. Blocks on the disk.
    ///
    /// - Parameter user: who must be able to pass through to a file whose name they know; nil for nobody but us.
    /// - Throws: `notFound`; `invalidArgument` for a path that isn't absolute or isn't in its plain form; `wrongState` for what is no folder; `forbidden`
    ///   for a folder that others may change or that `user` can't pass through.
    package static func check(_ path: String, passableBy user: UserAccount?) throws(MartletError) {
        guard path.isAbsolutePath, !path.utf8.contains(0) else {
            throw MartletError(.invalidArgument, "'\(path)' is not an absolute path; give the whole path")
        }
        guard FileEntry.exists(path) else {
            throw MartletError(.notFound, "there is no folder '\(path)'; make it, or mount what belongs there")
        }
        let plain = FileEntry.canonical(path)
        guard plain == path else {
            throw MartletError(.invalidArgument, "'\(path)' is another name of '\(plain)'; give that")
        }
        var part = ""
        try check(folder: "/", isLast: path == "/", user)
        for name in path.split(separator: "/") {
            part += "/\(name)"
            try check(folder: part, isLast: part == path, user)
        }
    }

    /// Whether a user can pass through a folder and all above it. Blocks on the disk.
    package static func isPassable(_ path: String, by user: UserAccount) -> Bool {
        let names = FileEntry.canonical(path).split(separator: "/")
        return (0...names.count).allSatisfy { count in
            var status = stat()
            return stat("/" + names.prefix(count).joined(separator: "/"), &status) == 0
                && isPassable(status, by: user)
        }
    }

    private static func check(folder: String, isLast: Bool, _ user: UserAccount?) throws(MartletError) {
        var status = stat()
        if lstat(folder, &status) != 0 { throw .system(errno, "look at '\(folder)'") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw MartletError(.wrongState, "'\(folder)' is not a folder; give one")
        }
        guard [0, geteuid()].contains(status.st_uid) else {
            throw MartletError(
                .forbidden, "'\(folder)' belongs to user \(status.st_uid), who could put something else there; chown it"
            )
        }
        // In a sticky folder, as /tmp is, nobody can move what is another's.
        let isShared = status.st_mode & 0o022 != 0 && (isLast || status.st_mode & S_ISVTX == 0)
        guard !isShared else {
            throw MartletError(.forbidden, "others may change '\(folder)'; take that from them with chmod go-w")
        }
        guard let user, !isPassable(status, by: user) else { return }
        throw MartletError(
            .forbidden, "'\(folder)' can't be passed through by \(user.name), whom guests run as; chmod o+x it")
    }

    private static func isPassable(_ status: stat, by user: UserAccount) -> Bool {
        if status.st_uid == user.userID { return status.st_mode & 0o100 != 0 }
        if status.st_gid == user.groupID { return status.st_mode & 0o010 != 0 }
        return status.st_mode & 0o001 != 0
    }
}
