import MartletLinux
import MartletModel

/// Changes users and groups with the guest's own programs: shadow's, or busybox's where there are none.
struct AccountTools {
    private let runner = CommandRunner(timeLimit: .seconds(60))

    private var hasShadow: Bool { ProgramSearch.path(of: "usermod") != nil }

    func addUser(
        _ name: String, _ settings: GuestUserSettings, isSystem: Bool, makesHome: Bool
    ) async throws(MartletError) {
        try check(settings)
        if hasShadow {
            try await run(
                "useradd", (isSystem ? ["-r"] : []) + [makesHome ? "-m" : "-M"] + Self.options(settings) + [name])
        } else {
            var options = ["-D"] + (isSystem ? ["-S"] : []) + (makesHome ? [] : ["-H"])
            options += Self.option("-u", settings.userID.map { "\($0)" }) + Self.option("-g", settings.fullName)
            options +=
                Self.option("-h", settings.home) + Self.option("-s", settings.shell) + Self.option("-G", settings.group)
            try await run("adduser", options + [name])
        }
        do throws(MartletError) {
            if !hasShadow { for group in settings.groups ?? [] { try await run("addgroup", [name, group]) } }
            if let password = settings.password { try await setPassword(name, password) }
        } catch {
            // Without what it was to have there is none of it.
            try? await removeUser(name, removesHome: false)
            throw error
        }
    }

    func setUser(_ name: String, _ settings: GuestUserSettings) async throws(MartletError) {
        try check(settings)
        let options = Self.options(settings)
        if !options.isEmpty { try await needShadow("change this about a user", "usermod", options + [name]) }
        if let password = settings.password { try await setPassword(name, password) }
    }

    func removeUser(_ name: String, removesHome: Bool) async throws(MartletError) {
        if ProgramSearch.path(of: "userdel") != nil {
            try await run("userdel", (removesHome ? ["-r"] : []) + [name])
        } else {
            try await run("deluser", (removesHome ? ["--remove-home"] : []) + [name])
        }
    }

    func renameUser(_ name: String, to new: String) async throws(MartletError) {
        try await needShadow("rename a user", "usermod", ["-l", new, name])
    }

    /// - Parameter hash: of the password; nil when it isn't known.
    func enableUser(_ name: String, hash: String?) async throws(MartletError) {
        if hasShadow { try await run("usermod", ["-e", "", name]) }
        // Unlocking what has no password behind its lock would open the account to everybody, and is refused.
        guard let hash, hash.hasPrefix("!"), hash.count > 2 else { return }
        try await run(hasShadow ? "usermod" : "passwd", [hasShadow ? "-U" : "-u", name])
    }

    /// Neither its password nor a key opens it any more: the second day of 1970 is over.
    func disableUser(_ name: String) async throws(MartletError) {
        if hasShadow {
            try await run("usermod", ["-L", "-e", "1", name])
        } else {
            try await run("passwd", ["-l", name])
        }
    }

    func addGroup(_ name: String, groupID: UInt32?, isSystem: Bool) async throws(MartletError) {
        let options = Self.option("-g", groupID.map { "\($0)" })
        if hasShadow {
            try await run("groupadd", (isSystem ? ["-r"] : []) + options + [name])
        } else {
            try await run("addgroup", (isSystem ? ["-S"] : []) + options + [name])
        }
    }

    func setGroup(_ name: String, groupID: UInt32) async throws(MartletError) {
        try await needShadow("change a group's number", "groupmod", ["-g", "\(groupID)", name])
    }

    func removeGroup(_ name: String) async throws(MartletError) {
        try await run(ProgramSearch.path(of: "groupdel") != nil ? "groupdel" : "delgroup", [name])
    }

    func renameGroup(_ name: String, to new: String) async throws(MartletError) {
        try await needShadow("rename a group", "groupmod", ["-n", new, name])
    }

    func addMember(_ user: String, to group: String) async throws(MartletError) {
        if hasShadow {
            try await run("usermod", ["-a", "-G", group, user])
        } else {
            try await run("addgroup", [user, group])
        }
    }

    func removeMember(_ user: String, from group: String) async throws(MartletError) {
        if ProgramSearch.path(of: "gpasswd") != nil {
            try await run("gpasswd", ["-d", user, group])
        } else {
            try await run("delgroup", [user, group])
        }
    }

    /// By chpasswd's input, a line each: a password with a line's end in it would be another user's line.
    private func setPassword(_ name: String, _ password: String) async throws(MartletError) {
        try await mapped("chpasswd") { () async throws(MartletError) in
            try await runner.runText("chpasswd", input: "\(name):\(password)\n")
        }
    }

    private func check(_ settings: GuestUserSettings) throws(MartletError) {
        if let password = settings.password,
            password.isEmpty || password.utf8.contains(where: { $0 < 32 }) || password.utf8.count > 1_024
        {
            throw MartletError(
                .invalidArgument, "the password is empty, too long, or has a line's end or another control sign in it")
        }
    }

    private static func options(_ settings: GuestUserSettings) -> [String] {
        option("-u", settings.userID.map { "\($0)" }) + option("-c", settings.fullName) + option("-d", settings.home)
            + option("-s", settings.shell) + option("-g", settings.group)
            + option("-G", settings.groups?.joined(separator: ",")) + option("-e", settings.expiry)
    }

    private static func option(_ name: String, _ value: String?) -> [String] { value.map { [name, $0] } ?? [] }

    private func needShadow(_ what: String, _ program: String, _ arguments: [String]) async throws(MartletError) {
        guard hasShadow else {
            throw MartletError(
                .unsupported, "the guest has no program to \(what); install its package shadow or passwd")
        }
        try await run(program, arguments)
    }

    private func run(_ program: String, _ arguments: [String]) async throws(MartletError) {
        try await mapped(program) { () async throws(MartletError) in try await runner.runText(program, arguments) }
    }

    /// What the programs say is for people; by their exit codes it is told apart (useradd(8), groupadd(8) and the others share them).
    private func mapped(_ program: String, _ body: () async throws(MartletError) -> String) async throws(MartletError) {
        do throws(MartletError) {
            _ = try await body()
        } catch {
            guard error.code == .commandFailed else { throw error }
            let said = error.details.first { $0.name == "output" }?.value ?? error.message
            let status = error.details.first { $0.name == "status" }?.value ?? ""
            let code = status.split { !$0.isNumber }.last.flatMap { Int($0) } ?? 0
            throw MartletError(Self.code(code), "the guest's \(program) says: \(said.isEmpty ? status : said)")
        }
    }

    private static func code(_ exit: Int) -> MartletError.Code {
        switch exit {
        case 1: .forbidden
        case 2, 3: .invalidArgument
        case 4, 9: .alreadyExists
        case 6: .notFound
        case 8: .inUse
        default: .commandFailed
        }
    }
}
