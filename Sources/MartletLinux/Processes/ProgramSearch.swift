import Glibc
package import MartletModel

/// Finds programs in the system's own folders, whatever the user's `PATH`: an ordinary user's lacks the `sbin` ones.
package enum ProgramSearch {
    /// Searched in this order.
    package static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]

    /// The absolute path of a program; nil when it isn't installed. A name with a `/` is taken as a path.
    package static func path(of program: String) -> String? {
        let candidates = program.contains("/") ? [program] : folders.map { "\($0)/\(program)" }
        return candidates.first { access($0, X_OK) == 0 }
    }

    /// The absolute path of a program.
    ///
    /// - Throws: `notFound` when it isn't installed.
    package static func requiredPath(of program: String) throws(MartletError) -> String {
        guard let path = path(of: program) else {
            throw MartletError(
                .notFound,
                "the program '\(program)' is not in \(folders.joined(separator: ", ")); install the package that has it",
                details: [.init("program", program)]
            )
        }
        return path
    }
}
