import CPAM
import Glibc

/// One question to PAM: is this the user's password, and may the account be used.
///
/// It blocks for as long as the modules like, and they may do anything to the process: it is asked in a process of its own
/// (`PasswordHelper`).
struct PAMTransaction {
    /// Whose rules apply: `/etc/pam.d/<service>`, or `other` where there are none.
    var service: String
    /// A folder in the place of `/etc/pam.d`, for tests.
    var folder: String?
    /// Where the request came from, for PAM's own log and modules.
    var remoteHost: String?

    struct Answer {
        var verdict: PasswordVerdict
        /// The user as PAM has it, which may be another name than the one that was given.
        var user: String
        /// What PAM called it, for the log.
        var reason: String
    }

    func check(user: String, password: SecretBytes) -> Answer {
        // Libpam keeps a pointer to the conversation until the end.
        let conversation = UnsafeMutablePointer<pam_conv>.allocate(capacity: 1)
        conversation.initialize(
            to: pam_conv(conv: Self.converse, appdata_ptr: Unmanaged.passUnretained(password).toOpaque())
        )
        defer { conversation.deallocate() }
        var handle: OpaquePointer?
        let started = start(user, conversation, &handle)
        guard started == PAM_SUCCESS, let handle else {
            return Answer(verdict: .failed, user: user, reason: "PAM can't be started (\(started))")
        }
        let (status, isAuthenticated) = ask(handle)
        let answer = Answer(
            verdict: Self.verdict(status, isAuthenticated: isAuthenticated), user: Self.name(handle) ?? user,
            reason: String(cString: pam_strerror(handle, status))
        )
        pam_end(handle, status)
        return answer
    }

    private func start(
        _ user: String, _ conversation: UnsafePointer<pam_conv>, _ handle: inout OpaquePointer?
    ) -> Int32 {
        guard let folder else { return pam_start(service, user, conversation, &handle) }
        return pam_start_confdir(service, user, conversation, folder, &handle)
    }

    private func ask(_ handle: OpaquePointer) -> (status: Int32, isAuthenticated: Bool) {
        _ = martlet_pam_set_no_delay(handle)
        if let remoteHost { pam_set_item(handle, PAM_RHOST, remoteHost) }
        let authenticated = pam_authenticate(handle, Int32(PAM_SILENT) | Int32(PAM_DISALLOW_NULL_AUTHTOK))
        guard authenticated == PAM_SUCCESS else { return (authenticated, false) }
        return (pam_acct_mgmt(handle, Int32(PAM_SILENT) | Int32(PAM_DISALLOW_NULL_AUTHTOK)), true)
    }

    private static func name(_ handle: OpaquePointer) -> String? {
        var item: UnsafeRawPointer?
        guard pam_get_item(handle, PAM_USER, &item) == PAM_SUCCESS, let item else { return nil }
        return String(cString: item.assumingMemoryBound(to: CChar.self))
    }

    /// The one table from PAM's answers to ours.
    static func verdict(_ status: Int32, isAuthenticated: Bool) -> PasswordVerdict {
        switch (status, isAuthenticated) {
        case (PAM_SUCCESS, _): .accepted
        case (PAM_ACCT_EXPIRED, true): .accountExpired
        case (PAM_NEW_AUTHTOK_REQD, true), (PAM_AUTHTOK_EXPIRED, true): .passwordExpired
        case (PAM_AUTH_ERR, true), (PAM_PERM_DENIED, true), (PAM_USER_UNKNOWN, true): .denied
        // Of an account that can't sign in nothing is told before its password was right.
        case (PAM_AUTH_ERR, false), (PAM_USER_UNKNOWN, false), (PAM_MAXTRIES, false), (PAM_PERM_DENIED, false),
            (PAM_ACCT_EXPIRED, false), (PAM_NEW_AUTHTOK_REQD, false), (PAM_CRED_INSUFFICIENT, false):
            .wrong
        default: .failed
        }
    }

    /// Answers the question for a password, once; what else a module asks, nobody is there to answer.
    ///
    /// Libpam frees the answers: they come from `calloc` and `strdup`.
    private static let converse:
        @convention(c) (
            Int32, UnsafeMutablePointer<UnsafePointer<pam_message>?>?,
            UnsafeMutablePointer<UnsafeMutablePointer<pam_response>?>?, UnsafeMutableRawPointer?
        ) -> Int32 = { count, messages, responses, data in
            guard let messages, let responses, let data, (1...PAM_MAX_NUM_MSG).contains(count) else {
                return PAM_CONV_ERR
            }
            // The transaction holds it until after `pam_end`.
            let password = Unmanaged<SecretBytes>.fromOpaque(data).takeUnretainedValue()
            guard let room = calloc(Int(count), MemoryLayout<pam_response>.stride) else { return PAM_BUF_ERR }
            let answers = room.bindMemory(to: pam_response.self, capacity: Int(count))
            for index in 0..<Int(count) {
                guard let message = messages[index]?.pointee else { continue }
                switch message.msg_style {
                case PAM_PROMPT_ECHO_OFF: answers[index].resp = strdup(password.pointer)
                case PAM_TEXT_INFO, PAM_ERROR_MSG: break
                default:
                    forget(answers, count)
                    return PAM_CONV_ERR
                }
            }
            responses.pointee = answers
            return PAM_SUCCESS
        }

    private static func forget(_ answers: UnsafeMutablePointer<pam_response>, _ count: Int32) {
        for index in 0..<Int(count) {
            guard let text = answers[index].resp else { continue }
            explicit_bzero(text, strlen(text))
            free(text)
        }
        free(answers)
    }
}
