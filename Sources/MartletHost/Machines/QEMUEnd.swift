import MartletLinux
import MartletModel
import MartletQEMU

/// What QEMU said before it ended (its SHUTDOWN event).
struct QEMUShutdown: Sendable, Hashable {
    var guest: Bool
    var reason: String
}

/// How a QEMU ended, and what that means.
struct QEMUEnd: Sendable {
    var process: ProcessIdentity
    var exit: ProcessExit
    var shutdown: QEMUShutdown?
    var log: String
    /// Whether its TPM had ended before it.
    var hadLostTPM = false

    /// Whether the guest or we asked for it, rather than that a signal or QEMU itself ended it.
    var isAsked: Bool { shutdown != nil && shutdown?.reason != "host-signal" }

    /// What there is to tell; nil when the guest powered itself off or we ended it.
    var failure: Failure? {
        let details = log.isEmpty ? [] : [MartletError.Detail("log", log)]
        switch shutdown?.reason {
        case QEMUShutdown.watchdog.reason?:
            return Failure(code: "watchdog", message: "the guest's watchdog ran out and turned it off")
        case "host-signal"?:
            return Failure(code: "qemuFailed", message: "a signal from the host ended QEMU", details: details)
        case .some: return nil
        case nil: return Failure(code: "qemuFailed", message: "QEMU ended by itself: \(exitText)", details: details)
        }
    }

    private var exitText: String {
        switch exit {
        case .code(let code): "it exited with code \(code)"
        case .signal(let signal): "signal \(signal) ended it"
        case .unknown: "how is not known, since an earlier daemon started it"
        }
    }
}
