/// Something for a user's key to sign, to sign in to a guest.
package struct GuestKeyChallengeRequest: Hashable, Sendable, Codable {
    /// Of the guest's.
    package var user: String

    package init(user: String) { self.user = user }
}

/// What to sign, good for one sign-in within a minute.
package struct GuestKeyChallenge: Hashable, Sendable, Codable {
    /// In base64.
    package var challenge: String
    /// What the signature is for: `ssh-keygen -Y sign -n`.
    package var namespace: String

    package init(challenge: String, namespace: String) {
        self.challenge = challenge
        self.namespace = namespace
    }
}

/// A user of the guest's, and how they show who they are: a password, or a challenge with a signature. Neither is kept.
package struct OpenGuestSessionRequest: Hashable, Sendable, Codable {
    package var user: String
    package var password: String?
    /// As `GuestKeyChallenge` has it.
    package var challenge: String?
    /// As `ssh-keygen -Y sign` makes it, over the challenge's bytes.
    package var signature: String?

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    package init(user: String, challenge: String, signature: String) {
        self.user = user
        self.challenge = challenge
        self.signature = signature
    }
}

/// A session with a user of a guest's, in the guest's own words, cut to size.
package struct GuestUserSession: Hashable, Sendable, Codable {
    /// What it is named by; never given twice while the guest's program runs.
    package var number: Int
    package var user: String
    package var userID: Int
    package var home: String
    package var opened: Moment
    /// Who opened it on the host, and from where.
    package var peer: String
    /// How many programs run in it now.
    package var programs: Int

    package init(
        number: Int, user: String, userID: Int, home: String, opened: Moment, peer: String, programs: Int
    ) {
        self.number = number
        self.user = user
        self.userID = userID
        self.home = home
        self.opened = opened
        self.peer = peer
        self.programs = programs
    }
}

/// A session that was just opened.
package struct OpenedGuestSession: Hashable, Sendable, Codable {
    /// The proof of the sign-in: whoever has it runs programs as the session's user. Shown this once.
    package var id: String
    package var session: GuestUserSession

    package init(id: String, session: GuestUserSession) {
        self.id = id
        self.session = session
    }
}

extension GuestUserSession {
    /// The detail of a failure by which a guest refuses to believe somebody; its value is the user.
    package static let refusal = "guestUser"
}
