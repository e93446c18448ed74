import Glibc
import MartletModel

/// The process that freezes and, whatever happens to the one that asked it to, thaws: `martlet-guest hold MILLISECONDS`.
///
/// At its descriptor 3 it says `frozen`, then a mount point a line and those left out behind a `-`, then an empty line. It thaws
/// when it is told anything, when the other end is closed, or when the time is up, says `thawed` or `late` with the microseconds that it lasted, and ends.
/// The time begins with the first file system; a thread of its own watches it, so that it is kept while others are still being frozen.
/// Between, it allocates nothing and touches no file.
package enum FreezeHolder {
    static let descriptor: CInt = 3
    /// The longest that file systems are held, in milliseconds; systemd's watchdogs and database clients give up soon after.
    static let longest = 60_000

    /// - Returns: the exit code.
    package static func run(milliseconds: Int) -> CInt {
        // A page of ours on a frozen disk that had to be read in would be read; one that had to be made room for might wait.
        _ = mlockall(MCL_CURRENT | MCL_FUTURE)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGTERM, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        let frozen = FrozenFileSystems(Mount.onDisks())
        frozen.flush()
        let watch = FreezeWatch.start(over: frozen, for: .milliseconds(min(milliseconds, longest)), wait: waitForWord)
        do throws(MartletError) {
            try frozen.freeze()
        } catch {
            say("error \(error.code) \(error.message)\n")
            return 1
        }
        let lines = frozen.points + frozen.leftOut.map { "-\($0)" }
        say("frozen\n" + lines.filter { !$0.contains("\n") }.map { "\($0)\n" }.joined() + "\n")
        let ending = watch.end()
        say("\(ending.isInTime ? "thawed" : "late") \(ending.microseconds)\n")
        return 0
    }

    /// Until anything is said, the asker is gone, or the time is up.
    @Sendable private static func waitForWord(until end: ContinuousClock.Instant) {
        while true {
            let left = Int((end - .now) / .milliseconds(1))
            guard left > 0 else { return }
            var asker = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&asker, 1, CInt(clamping: left)) > 0 { return }
        }
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        // Nobody may be listening any more, and then it doesn't matter.
        _ = write(descriptor, bytes, bytes.count)
    }
}
