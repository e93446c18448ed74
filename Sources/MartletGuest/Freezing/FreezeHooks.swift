import Glibc
import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf

/// The programs that make an application ready for its disks to be forked, and let it go on: those in the hooks' folder, in the
/// order of their names, called with `freeze`, and in the reverse order with `thaw`. Behind that word they get the freeze's id and for
/// how many seconds it may last, so that what they hold is let go of by then even if nobody calls them again.
struct FreezeHooks: Sendable {
    /// What is kept of what one prints, in bytes.
    private static let longestWord = 1_000
    /// What one ends with that has nothing to do in this guest, as a database's where the database isn't there. Automake's tests use it too.
    static let nothingToDo: Int32 = 77

    let folder: String
    let logger: Logger

    /// Only root's, and such as nobody else can change: they run as root.
    private func names() -> [String] {
        ((try? FileEntry.names(in: folder)) ?? []).sorted().filter { name in
            var status = stat()
            guard !name.hasPrefix("."), stat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                status.st_mode & S_IXUSR != 0
            else { return false }
            let isSafe = status.st_uid == geteuid() && status.st_mode & (S_IWGRP | S_IWOTH) == 0
            if !isSafe { logger.warning("a hook that others can change isn't run", metadata: ["hook": "\(name)"]) }
            return isSafe
        }
    }

    /// Calls each with `freeze`, all of them within a time.
    ///
    /// - Returns: those that had something to do.
    func freeze(id: String, lasting seconds: Int, within limit: Duration) async -> [GuestHook] {
        await call(names(), ["freeze", id, "\(seconds)"], within: limit).filter { $0.exitCode != Self.nothingToDo }
    }

    /// Calls those that had something to do with `freeze`, whatever they said then.
    func thaw(_ hooks: [GuestHook], id: String, lasting seconds: Int, within limit: Duration) async -> [GuestHook] {
        await call(hooks.map(\.name).reversed(), ["thaw", id, "\(seconds)"], within: limit)
    }

    private func call(_ names: [String], _ arguments: [String], within limit: Duration) async -> [GuestHook] {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var called: [GuestHook] = []
        for name in names {
            let runner = CommandRunner(timeLimit: max(.milliseconds(1), clock.now.duration(to: end)))
            called.append(await call(name, arguments, runner))
        }
        return called
    }

    private func call(_ name: String, _ arguments: [String], _ runner: CommandRunner) async -> GuestHook {
        var hook = GuestHook.with { $0.name = name }
        do {
            let ending = try await runner.ending(of: "\(folder)/\(name)", arguments)
            hook.exitCode = ending.code
            hook.said = String(decoding: ending.said.suffix(Self.longestWord), as: UTF8.self)
        } catch {
            hook.exitCode = 1
            hook.said = String("\(error)".prefix(Self.longestWord))
        }
        if hook.exitCode != 0, hook.exitCode != Self.nothingToDo {
            logger.warning(
                "a hook failed",
                metadata: [
                    "hook": "\(name)", "word": "\(arguments[0])", "code": "\(hook.exitCode)", "said": "\(hook.said)",
                ])
        }
        return hook
    }
}
