import MartletModel

/// What QEMU answered to a command that it did not obey.
struct QMPRefusal: Error, Decodable, Sendable, Hashable, CustomStringConvertible {
    /// QMP's error class.
    var `class`: String
    /// QEMU's words, for people.
    var desc: String

    var description: String { "qemu says: \(desc.prefix(500))" }

    /// The error for the refused command `name`, its code by QMP's class.
    func error(command name: String) -> MartletError {
        MartletError(
            code,
            "qemu refused the command '\(name)'",
            details: [.init("command", name), .init("class", String(self.class.prefix(100)))],
            cause: self
        )
    }

    /// The one table from QMP's classes to our codes; QEMU has had no others since 1.2, and most refusals are
    /// `GenericError`.
    private var code: MartletError.Code {
        switch self.class {
        case "CommandNotFound": .unsupported
        case "DeviceNotFound": .notFound
        case "DeviceNotActive": .wrongState
        case "KVMMissingCap": .unsupported
        default: .qemuFailed
        }
    }
}
