import MartletModel

extension ContextStore {
    /// What there is to say of a context.
    ///
    /// - Throws: `forbidden`, `ioFailed` for its session's file.
    func summary(of context: HostContext, isCurrent: Bool) throws(MartletError) -> HostContextSummary {
        let credential: HostContextSummary.Credential =
            context.token != nil
            ? .token : context.user == nil ? .none : context.password == nil ? .typedPassword : .savedPassword
        return HostContextSummary(
            name: context.name, isCurrent: isCurrent, url: context.url, fingerprint: context.fingerprint,
            user: context.user, credential: credential, guestUser: context.guestUser,
            hasGuestPassword: context.guestPassword != nil, sessionEnds: try session(of: context)?.ends
        )
    }
}

extension HostContextSummary: Tabular {
    static var columns: [Column<HostContextSummary>] {
        [
            Column("NAME") { ($0.isCurrent ? "* " : "  ") + $0.name },
            Column("ADDRESS") { $0.url ?? "this machine" },
            Column("USER") { $0.user ?? "" },
            Column("LET IN BY") { $0.credential.words },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("In use", isCurrent ? "yes" : "no"), Field("Address", url ?? "this machine"),
            Field("Fingerprint", fingerprint), Field("User", user), Field("Let in by", credential.words),
            Field("In guests", guestUser.map { $0 + (hasGuestPassword ? ", with a saved password" : "") }),
            Field("Session", sessionEnds.map { $0 > now ? "until \($0)" : "ended at \($0)" }),
        ]
    }
}

extension HostContextSummary.Credential {
    fileprivate var words: String {
        switch self {
        case .account: "your account"
        case .token: "a token"
        case .savedPassword: "a saved password"
        case .typedPassword: "a password, typed"
        case .none: "nothing; use --user"
        }
    }
}
