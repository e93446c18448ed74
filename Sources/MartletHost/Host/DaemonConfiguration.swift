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
    /// Whose members are administrators over the local socket.
    package var adminGroup: String
    package var logLevel: Logger.Level
    /// Where Martlet's own files are; nil takes `$MARTLET_SHARE`, or else looks beside the program.
    package var shareFolder: String?

    package init(
        root: String, accelerator: Accelerator? = nil, listen: ListenAddress? = nil, adminGroup: String = "martlet",
        logLevel: Logger.Level = .info, shareFolder: String? = nil
    ) {
        self.root = root
        self.accelerator = accelerator
        self.listen = listen
        self.adminGroup = adminGroup
        self.logLevel = logLevel
        self.shareFolder = shareFolder
    }
}
