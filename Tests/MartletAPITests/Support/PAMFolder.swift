import Glibc
import MartletLinux
import MartletTestSupport

/// A folder in the place of `/etc/pam.d`, whose rules for Martlet ask a script: the real libpam, without users of the host's.
struct PAMFolder {
    let scratch: ScratchFolder
    var path: String { scratch.path }

    /// Everybody's password is `right`; the account of `expired` isn't let in.
    init() throws {
        scratch = try ScratchFolder()
        let check = "#!/bin/sh\nread -r password\n[ \"$password\" = right ]\n"
        try AtomicFile.write(Array(check.utf8), to: "\(path)/check", mode: 0o755)
        let rules = """
            auth     required pam_exec.so quiet expose_authtok \(path)/check
            account  requisite pam_succeed_if.so quiet user != expired
            account  required pam_permit.so

            """
        try AtomicFile.write(Array(rules.utf8), to: "\(path)/martlet", mode: 0o644)
    }
}
