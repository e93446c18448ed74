import Glibc
import MartletLinux
import MartletModel

extension HostInformation {
    func signInCheck() -> HostCheck {
        guard facts.effectiveUserID == 0 else {
            let user = (try? UserAccount(userID: facts.effectiveUserID))?.name ?? "user \(facts.effectiveUserID)"
            return HostCheck(
                name: "sign-in",
                result: .warning,
                message: "martletd isn't root's, and can check the password of '\(user)' alone",
                remedy: "use tokens, or run martletd as root"
            )
        }
        let file = "/etc/pam.d/martlet"
        let rules = FileEntry.exists(file) ? file : "/etc/pam.d/other, since there is no \(file)"
        return HostCheck(name: "sign-in", result: .passed, message: "passwords are checked by the rules of \(rules)")
    }

    func auditCheck() -> HostCheck {
        guard let warning = audit.warning else {
            return HostCheck(name: "audit log", result: .passed, message: "written to \(layout.auditLog)")
        }
        return HostCheck(
            name: "audit log", result: .failed, message: warning,
            remedy: "make room in \(layout.logFolder); the lines that wait are written with the next one"
        )
    }
}
