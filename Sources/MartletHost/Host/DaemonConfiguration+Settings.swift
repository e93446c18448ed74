import Logging
package import MartletModel

extension DaemonConfiguration {
    /// What the settings say, with the defaults for what they leave open.
    ///
    /// - Parameter defaultRoot: absolute.
    package init(_ settings: DaemonSettings, defaultRoot: String) {
        let standard = RoleGroups()
        self.init(
            root: settings.root ?? defaultRoot,
            accelerator: settings.accelerator,
            listen: settings.listen,
            groups: RoleGroups(
                administrators: settings.adminGroup ?? standard.administrators,
                operators: settings.operatorGroup ?? standard.operators,
                viewers: settings.viewerGroup ?? standard.viewers
            ),
            sessions: SessionLimits(
                longest: .seconds(60 * (settings.sessionMinutes ?? SessionLimits.standardMinutes)),
                idle: .seconds(60 * (settings.sessionIdleMinutes ?? SessionLimits.standardIdleMinutes))
            ),
            requestsPerSecond: settings.requestsPerSecond ?? RequestLimit.standard,
            logLevel: settings.logLevel.flatMap { Logger.Level(rawValue: $0.rawValue) } ?? .info
        )
    }
}
