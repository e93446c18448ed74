/// What PAM said about a name and a password.
///
/// The account is looked at only after the password was right, so what is said about it is said to its owner.
package enum PasswordVerdict: String, Sendable, CaseIterable {
    /// The password is right, and the account may be used.
    case accepted
    /// The name or the password is wrong.
    case wrong
    case accountExpired
    case passwordExpired
    /// The account may not be used: by the system's rules, now or at all.
    case denied
    /// PAM can't answer: it is set up wrongly, or what it asks is away.
    case failed
}
