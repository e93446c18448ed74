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
            groups: settings.groups,
            sessions: settings.sessions,
            requestsPerSecond: settings.requestsPerSecond ?? Self.standardRequestsPerSecond,
            logLevel: settings.logLevel.flatMap { Logger.Level(rawValue: $0.rawValue) } ?? .info
        )
    }
}

extension DaemonSettings {
    fileprivate var groups: RoleGroups {
        let standard = RoleGroups()
        return RoleGroups(
            administrators: adminGroup ?? standard.administrators, operators: operatorGroup ?? standard.operators,
            viewers: viewerGroup ?? standard.viewers
        )
    }

    fileprivate var sessions: SessionLimits {
        let standard = SessionLimits()
        return SessionLimits(
            longest: sessionMinutes.map { .seconds(60 * $0) } ?? standard.longest,
            idle: sessionIdleMinutes.map { .seconds(60 * $0) } ?? standard.idle
        )
    }
}
