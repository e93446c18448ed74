package import Logging
package import MartletModel

/// What a daemon is told when it starts.
package struct DaemonConfiguration: Sendable {
    /// Absolute; made if it isn't there.
    package var root: String
    /// nil takes what the host has.
    package var accelerator: Accelerator?
    /// nil takes 127.0.0.1:7443, or another port when that one is taken.
    package var listen: ListenAddress?
    /// Whose members have which role, at the local socket and when they sign in with their password.
    package var groups: RoleGroups
    package var sessions: SessionLimits
    /// How many requests a second a user, a token or an address may make; 0 for as many as there are.
    package var requestsPerSecond: Int
    /// A folder in the place of `/etc/pam.d`, for tests.
    package var pamFolder: String?
    /// The program that our helper processes are, such as the one that asks PAM (`PasswordHelper`): the daemon's own.
    package var helper: String
    package var logLevel: Logger.Level
    /// Where Martlet's own files are; nil takes `$MARTLET_SHARE`, or else looks beside the program.
    package var shareFolder: String?

    package static let standardRequestsPerSecond = 1_000

    package init(
        root: String, accelerator: Accelerator? = nil, listen: ListenAddress? = nil, groups: RoleGroups = .init(),
        sessions: SessionLimits = .init(), requestsPerSecond: Int = standardRequestsPerSecond, pamFolder: String? = nil,
        helper: String = "/proc/self/exe", logLevel: Logger.Level = .info,
        shareFolder: String? = nil
    ) {
        self.root = root
        self.accelerator = accelerator
        self.listen = listen
        self.groups = groups
        self.sessions = sessions
        self.requestsPerSecond = requestsPerSecond
        self.pamFolder = pamFolder
        self.helper = helper
        self.logLevel = logLevel
        self.shareFolder = shareFolder
    }
}
