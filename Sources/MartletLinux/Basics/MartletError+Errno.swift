import Glibc
package import MartletModel

extension MartletError {
    /// What the system refused, as `cannot <action>: <reason>`.
    ///
    /// The code follows from `number` by one table: `notFound`, `forbidden`, `alreadyExists`, `inUse`, `insufficientSpace`,
    /// `insufficientMemory`, `tooMany`, `invalidArgument`, and `ioFailed` for all others.
    package static func system(
        _ number: Int32,
        _ action: String,
        file: String = #fileID,
        line: Int = #line
    ) -> MartletError {
        MartletError(
            code(forErrno: number),
            "cannot \(action): \(reason(forErrno: number))",
            details: [.init("errno", "\(number)")],
            file: file,
            line: line
        )
    }

    private static func code(forErrno number: Int32) -> Code {
        switch number {
        case ENOENT, ESRCH, ENODEV, ENXIO: .notFound
        case EACCES, EPERM: .forbidden
        case EEXIST: .alreadyExists
        case EBUSY, EADDRINUSE, ETXTBSY: .inUse
        case ENOSPC, EDQUOT: .insufficientSpace
        case ENOMEM: .insufficientMemory
        case EMFILE, ENFILE, EAGAIN: .tooMany
        case ENAMETOOLONG: .invalidArgument
        case ENOSYS, EOPNOTSUPP: .unsupported
        default: .ioFailed
        }
    }

    private static func reason(forErrno number: Int32) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        let reason = String(cString: text)
        return reason.prefix(1).lowercased() + reason.dropFirst()
    }
}
