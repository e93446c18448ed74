import Logging
import MartletLinux
import MartletModel
import ServiceLifecycle

/// Tells the service manager, where there is one, when the daemon answers and when it is about to end.
struct ServiceNotices: Service, CustomStringConvertible {
    var logger: Logger

    var description: String { "service manager" }

    func run() async throws {
        try? await gracefulShutdown()
        tell(.stopping)
    }

    /// Everything answers, at `apiURL` too.
    func ready(_ apiURL: String) { tell(.ready(status: "answering at \(apiURL)")) }

    /// A manager that doesn't listen is no reason not to do the work.
    private func tell(_ notice: ServiceNotice) {
        do {
            try notice.send()
        } catch {
            logger.warning("the service manager wasn't told", metadata: LogKey.metadata([.error: "\(error)"]))
        }
    }
}
