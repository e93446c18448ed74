import Glibc
import MartletModel

/// What Ctrl-C means while a host works for us: we go, the work stays.
enum Interruption {
    static let signal = SIGINT

    static func message(_ pending: [Operation]) -> String {
        if pending.isEmpty {
            return "martlet: interrupted; what the host was asked may have been done: see `martlet operation list`\n"
        }
        return pending.map { operation in
            """
            martlet: '\(Printable.escape(operation.title))' goes on
              to wait for it again: martlet operation wait \(operation.id)
              to give it up:        martlet operation cancel \(operation.id)

            """
        }.joined()
    }
}
