import Logging
package import MartletModel

extension DaemonConfiguration {
    /// What the settings say, with the defaults for what they leave open.
    ///
    /// - Parameter defaultRoot: absolute.
    package init(_ settings: DaemonSettings, defaultRoot: String) {
        self.init(
            root: settings.root ?? defaultRoot,
            accelerator: settings.accelerator,
            listen: settings.listen,
            adminGroup: settings.adminGroup ?? "martlet",
            logLevel: settings.logLevel.flatMap { Logger.Level(rawValue: $0.rawValue) } ?? .info
        )
    }
}
