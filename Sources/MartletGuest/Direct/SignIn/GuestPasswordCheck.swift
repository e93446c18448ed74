import CMartletGuest
import Glibc
import MartletLinux
import MartletModel

/// Whether a password is a user's of the guest: PAM says so where the guest has it, the hash in shadow(5) where it hasn't.
struct GuestPasswordCheck: Sendable {
    static let longestPassword = 1_024

    enum Verdict: Hashable, Sendable {
        case accepted
        case wrong
        /// The password was right, and the account may not be used; why is told to its owner.
        case refused(String)
        /// Nobody could say; for the log.
        case failed(String)
    }

    private let database: AccountDatabase
    /// The program that asks PAM; nil without PAM.
    let helper: String?

    init(_ configuration: DirectConfiguration, _ database: AccountDatabase) async {
        self.database = database
        helper = await Self.findHelper(configuration)
    }

    /// How the contract names it.
    var name: String { helper == nil ? "shadow" : "pam" }

    func check(_ user: GuestUser?, name: String, password: String, peer: String) async -> Verdict {
        guard password.utf8.count <= Self.longestPassword, !password.utf8.contains(0) else { return .wrong }
        guard GuestUser.isName(name) else { return .wrong }
        if let helper { return await ask(helper, ["password"], "\(name)\0\(password)\0\(peer)\0") }
        return await compare(user, password)
    }

    /// Whether the account may be used, for one who has shown who it is by other means.
    func checkAccount(_ user: GuestUser, peer: String) async -> Verdict {
        guard let helper else { return .accepted }
        return await ask(helper, ["account"], "\(user.name)\0\0\(peer)\0")
    }

    /// An unknown user takes as long as a known one.
    private func compare(_ user: GuestUser?, _ password: String) async -> Verdict {
        let shadow = user.flatMap { database.shadow(of: $0) }
        let hash = shadow.flatMap { $0.isLocked ? nil : $0.hash } ?? database.anyHash()
        let isRight = await Self.matches(password, hash)
        guard let shadow, !shadow.isLocked, isRight else { return .wrong }
        return shadow.passwordIsExpired(on: AccountDatabase.today)
            ? .refused("the password has expired; set another one with passwd at the guest's console") : .accepted
    }

    /// Takes a processor for as long as whoever made the hash wanted.
    static func matches(_ password: String, _ hash: String) async -> Bool {
        let answer = try? await BlockingWork.run { () throws(MartletError) in
            martlet_password_matches(password, hash) == 1
        }
        return answer ?? false
    }

    /// The helper's input is `user NUL password NUL peer NUL`, its answer one word and the reason.
    private func ask(_ helper: String, _ arguments: [String], _ input: String) async -> Verdict {
        do {
            let said = try await CommandRunner(timeLimit: .seconds(30)).runText(helper, arguments, input: input)
            let parts = said.split(separator: " ", maxSplits: 1).map { $0.filter { !$0.isNewline } }
            let reason = parts.count > 1 ? parts[1] : ""
            switch parts.first {
            case "accepted": return .accepted
            case "wrong": return .wrong
            case "refused": return .refused(reason)
            default: return .failed(reason.isEmpty ? "PAM gave no answer" : reason)
            }
        } catch {
            return .failed("\(error)")
        }
    }

    /// Beside our own program, if this guest has PAM: what is linked to a library that isn't there can't even be started.
    private static func findHelper(_ configuration: DirectConfiguration) async -> String? {
        guard let helper = configuration.passwordHelper ?? besideUs(), access(helper, X_OK) == 0,
            access("/etc/pam.d", R_OK) == 0 || access("/etc/pam.conf", R_OK) == 0,
            (try? await CommandRunner().run(helper, ["--version"])) != nil
        else { return nil }
        return helper
    }

    private static func besideUs() -> String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        let folder = String(cString: path).split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return folder.joined(separator: "/") + "/martlet-guest-pam"
    }
}
