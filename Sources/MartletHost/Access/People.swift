import Logging
import MartletLinux
import MartletModel
import MartletPAM
import MartletStore

/// The parts that know who may do what, while a host is put together.
struct People {
    let tokens: Tokens
    let roles: AccountRoles
    let sessions: Sessions
    let passwordSignIn: PasswordSignIn
    let audit: AuditLog

    init(
        layout: RootLayout, store: any StateStore, configuration: DaemonConfiguration, environment: HostEnvironment,
        machines: VirtualMachines, userID: UInt32, logger: Logger
    ) {
        tokens = Tokens(store: store, environment: environment) { name throws(MartletError) in
            try machines.find(name)
        }
        roles = AccountRoles(groups: configuration.groups)
        sessions = Sessions(environment: environment, limits: configuration.sessions)
        passwordSignIn = PasswordSignIn(
            check: PasswordCheck(helper: configuration.helper, folder: configuration.pamFolder), roles: roles,
            sessions: sessions, onlyUser: userID == 0 ? nil : "user \(userID)", logger: logger
        )
        audit = AuditLog(path: layout.auditLog, environment: environment, logger: logger)
    }
}
