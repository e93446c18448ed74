import Glibc
import MartletLinux
import MartletModel

/// The guest's users. passwd, group and shadow are read; for users that aren't there `getent` asks the name service, which a static
/// program can't do itself.
struct AccountDatabase: Sendable {
    /// In bytes.
    private static let longestFile = 64 << 20

    let folder: String
    let usesNameService: Bool

    init(_ configuration: DirectConfiguration) {
        folder = configuration.accountsFolder
        usesNameService = configuration.usesNameService
    }

    /// The user with a name; nil when there is none, or none can be found.
    func user(named name: String) async -> GuestUser? {
        guard GuestUser.isName(name) else { return nil }
        if let line = line(of: name, in: "passwd") { return GuestUser(line: line) }
        guard usesNameService, ProgramSearch.path(of: "getent") != nil,
            let said = try? await CommandRunner(timeLimit: .seconds(10)).runText("getent", ["passwd", name])
        else { return nil }
        return said.split(separator: "\n").lazy.compactMap { GuestUser(line: $0) }.first { $0.name == name }
    }

    /// The groups of a user besides its own.
    func groups(of user: GuestUser) async -> [UInt32] {
        if usesNameService,
            let said = try? await CommandRunner(timeLimit: .seconds(10)).runText("id", ["-G", user.name])
        {
            return said.split { $0.isWhitespace }.compactMap { UInt32($0) }.filter { $0 != user.groupID }
        }
        return lines("group").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 4, fields[3].split(separator: ",").contains(where: { $0 == user.name }) else {
                return nil
            }
            return UInt32(fields[2])
        }
    }

    /// The id of a group in the files.
    func groupID(named name: String) -> UInt32? {
        line(of: name, in: "group").flatMap { line in
            line.split(separator: ":", omittingEmptySubsequences: false).dropFirst(2).first.flatMap { UInt32($0) }
        }
    }

    /// What is known of a user's password; nil for a user of the name service.
    func shadow(of user: GuestUser) -> ShadowEntry? {
        if let line = line(of: user.name, in: "shadow") { return ShadowEntry(line: line) }
        return user.password == "x" || user.password.isEmpty ? nil : ShadowEntry(hash: user.password)
    }

    /// A hash that somebody's password has, to compare with when there is no user: so that it takes as long.
    func anyHash() -> String {
        let hashes = lines("shadow").lazy.compactMap { ShadowEntry(line: $0) }.filter { !$0.isLocked }
        // SHA-512 with its usual rounds, of nothing that anybody could type.
        return hashes.first?.hash ?? "$6$martlet$" + String(repeating: ".", count: 86)
    }

    /// Whether a user may be here at all, whatever shows who it is.
    ///
    /// - Returns: why not; nil when it may.
    func refusal(of user: GuestUser) -> String? {
        if shadow(of: user)?.isExpired(on: Self.today) ?? false { return "the account has expired" }
        return user.hasShell ? nil : "the account's shell is '\(user.shell)', which lets nobody in"
    }

    /// In days since 1970.
    static var today: Int { time(nil) / 86_400 }

    private func line(of name: String, in file: String) -> Substring? {
        let head = Array("\(name):".utf8)
        return lines(file).first { $0.utf8.starts(with: head) }
    }

    private func lines(_ file: String) -> [Substring] {
        let text = (try? BoundedFile.readText("\(folder)/\(file)", limit: Self.longestFile)) ?? ""
        return text.split(separator: "\n")
    }
}
