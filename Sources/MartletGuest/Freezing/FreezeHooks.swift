import Glibc
import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf

/// The programs that make an application ready for its disks to be forked, and let it go on: those in the hooks' folder, in the
/// order of their names, called with `freeze`, and in the reverse order with `thaw`.
struct FreezeHooks: Sendable {
    /// What is kept of what one prints, in bytes.
    private static let longestWord = 1_000

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
    func freeze(id: String, within limit: Duration) async -> [GuestHook] {
        await call(names(), "freeze", id, within: limit)
    }

    /// Calls those that were called with `freeze`, whatever they said then.
    func thaw(_ hooks: [GuestHook], id: String, within limit: Duration) async -> [GuestHook] {
        await call(hooks.map(\.name).reversed(), "thaw", id, within: limit)
    }

    private func call(_ names: [String], _ word: String, _ id: String, within limit: Duration) async -> [GuestHook] {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var called: [GuestHook] = []
        for name in names {
            let runner = CommandRunner(timeLimit: max(.milliseconds(1), clock.now.duration(to: end)))
            called.append(await call(name, word, id, runner))
        }
        return called
    }

    private func call(_ name: String, _ word: String, _ id: String, _ runner: CommandRunner) async -> GuestHook {
        var hook = GuestHook.with { $0.name = name }
        do {
            let said = try await runner.run("\(folder)/\(name)", [word, id])
            hook.said = String(decoding: said.suffix(Self.longestWord), as: UTF8.self)
        } catch {
            hook.exitCode = 1
            hook.said = String("\(error)".prefix(Self.longestWord))
            logger.warning("a hook failed", metadata: ["hook": "\(name)", "word": "\(word)", "error": "\(error)"])
        }
        return hook
    }
}
