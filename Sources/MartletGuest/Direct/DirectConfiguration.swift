/// Where Direct finds the guest's users and what checks them, and how much it takes.
package struct DirectConfiguration: Sendable {
    /// The folder of passwd, group and shadow.
    package var accountsFolder = "/etc"
    /// Whether users that aren't in the files are asked for at the name service, by `getent` and `id`.
    package var usesNameService = true
    /// The program that asks PAM; nil for the one beside our own program.
    package var passwordHelper: String?
    /// Our own program, which is also what `built_in` runs.
    package var program = "/proc/self/exe"
    /// Where the guest's log takes messages.
    package var logSocket = "/dev/log"
    /// How often sessions are looked at.
    package var checkInterval: Duration = .seconds(2)
    /// A session that nothing runs in is closed after this time.
    package var idleLimit: Duration = .seconds(600)
    /// From the hang-up of a program to its being killed.
    package var patience: Duration = .seconds(5)
    package var throttle = SignInThrottle.Limits()
    package var mostSessions = 256
    package var mostPrograms = 256

    package init() {}
}
