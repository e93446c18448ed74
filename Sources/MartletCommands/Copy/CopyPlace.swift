import ArgumentParser
import MartletModel

/// One side of a copy as people write it: a path here, or `machine:path` in a guest, as `scp` has it.
enum CopyPlace: Hashable, Sendable {
    case here(String)
    /// The path as it was written.
    case guest(machine: String, path: String)

    /// The path as a program in the guest is given it: one that is relative, or begins with `~/`, is below the user's home.
    static func guestPath(_ path: String) -> String {
        if path.isAbsolutePath { return path }
        let rest = path == "~" ? "" : path.hasPrefix("~/") ? String(path.dropFirst(2)) : path
        // A name can't be taken for an option so.
        return rest.isEmpty ? "." : "./" + rest
    }
}

extension CopyPlace: ExpressibleByArgument {
    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        guard let colon = argument.firstIndex(of: ":"), colon != argument.startIndex,
            !argument[..<colon].contains("/")
        else {
            self = .here(argument)
            return
        }
        self = .guest(machine: String(argument[..<colon]), path: String(argument[argument.index(after: colon)...]))
    }
}
