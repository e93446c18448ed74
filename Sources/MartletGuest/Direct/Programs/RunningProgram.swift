import CMartletGuest
import CMartletLinux
import Glibc
import MartletLinux
import MartletModel
import Synchronization

/// A program that runs in a session, from its start until it was reaped.
final class RunningProgram: Sendable {
    enum End: Hashable, Sendable {
        case code(UInt32)
        case signal(UInt32)
    }

    enum HangUp: Int, Comparable, Sendable {
        /// Its process group is hung up, as when a terminal is closed: what the program put out of the way, as nohup does, runs on.
        case callerLeft
        /// All that belongs to its session ends.
        case sessionClosed

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var isReaped = false
        var hangUp: HangUp?
    }

    let processID: pid_t
    let streams: ProgramStreams.Ours
    /// Readable once the program has ended.
    let process: SharedDescriptor
    private let patience: Duration
    private let state = Mutex(State())

    /// - Throws: `notFound`, `tooMany`; the program was killed then.
    init(_ processID: pid_t, _ streams: ProgramStreams.Ours, patience: Duration) throws(MartletError) {
        let descriptor = martlet_pidfd_open(processID)
        if descriptor < 0 {
            let failure = errno
            kill(-processID, SIGKILL)
            waitpid(processID, nil, 0)
            throw .system(failure, "find process \(processID)")
        }
        self.processID = processID
        self.streams = streams
        self.patience = patience
        process = SharedDescriptor(descriptor)
    }

    /// Whether it doesn't execute any more.
    var hasEnded: Bool {
        var descriptor = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) > 0
    }

    /// Sends a signal to its process group, unless it has ended.
    ///
    /// - Throws: `invalidArgument` for what is no signal.
    func signal(_ number: UInt32) throws(MartletError) {
        guard (1...64).contains(number) else {
            throw MartletError(.invalidArgument, "\(number) is no signal's number; they go from 1 to 64")
        }
        state.withLock { state in
            // Not reaped: its number is still its own.
            if !state.isReaped { _ = kill(-processID, CInt(number)) }
        }
    }

    func resize(columns: UInt32, rows: UInt32) {
        if streams.isTerminal { _ = martlet_resize_terminal(streams.output.number, columns, rows) }
    }

    /// Hangs it up now, and kills it when it still runs after a while.
    func hangUp(_ kind: HangUp) {
        let isNew = state.withLock { state in
            guard !state.isReaped, kind >= state.hangUp ?? kind, state.hangUp != kind else { return false }
            state.hangUp = kind
            send(SIGHUP, kind)
            // One that was stopped learns of it too.
            send(SIGCONT, kind)
            return true
        }
        guard isNew else { return }
        // It belongs to this program, and does nothing once that is reaped.
        Task { [patience] in
            try? await Task.sleep(for: patience)
            state.withLock { if !$0.isReaped { send(SIGKILL, kind) } }
        }
    }

    /// Waits until it has ended, and when its session was closed until everything has that belonged to it. Called once.
    func waitForEnd() async -> End {
        while !hasEnded { await DescriptorReadiness.shared.wait((process, .reading)) }
        // As long as the first process isn't reaped, no other gets its number, by which the session goes.
        while state.withLock({ $0.hangUp == .sessionClosed }), !others().isEmpty {
            try? await Task.sleep(for: .milliseconds(20))
        }
        return state.withLock { state in
            state.isReaped = true
            var (code, status): (CInt, CInt) = (0, 0)
            guard martlet_pidfd_reap(process.number, &code, &status) == 1 else { return .signal(UInt32(SIGKILL)) }
            return code == CInt(CLD_EXITED) ? .code(UInt32(status)) : .signal(UInt32(status))
        }
    }

    /// Only while it isn't reaped.
    private func send(_ signal: CInt, _ kind: HangUp) {
        kill(-processID, signal)
        if streams.isTerminal, case let group = martlet_foreground_group(streams.output.number), group > 1 {
            kill(-group, signal)
        }
        if kind == .sessionClosed { for other in others() { kill(other, signal) } }
    }

    /// The processes of its session but itself that still execute.
    private func others() -> [pid_t] {
        let names = (try? FileEntry.names(in: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { $0 != processID && getsid($0) == processID && Self.executes($0) }
    }

    private static func executes(_ processID: pid_t) -> Bool {
        (try? ProcessIdentity(processID: processID))?.isAlive ?? false
    }
}
