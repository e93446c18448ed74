import Dispatch
import Glibc
package import MartletModel
import Synchronization

/// Keeps logs that other programs append to from growing without end.
///
/// A log that grew past the limit loses its beginning: its end goes to `<path>.1`, and it begins anew. That is sound for a writer
/// that opened it for appending, since each write then goes to where the end is; what is written at that very moment may be
/// lost. The kernel says when a log grows (inotify), so quiet logs cost nothing; it also holds what grew while nobody watched,
/// for a log is looked at when it is first watched.
package final class LogLimiter: Sendable {
    /// The kernel's queue is there while a log is watched: a user may have 128 of them, all programs together.
    private struct State {
        var source: Source?
        var watched: [Int32: String] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: in bytes; a log and its `.1` together take at most twice that, and what is written in an instant.
    package init(limit: Int = 1 << 20) { self.limit = limit }

    deinit { state.withLock { $0.source?.end() } }

    /// Watches a log from now on; watching it twice is watching it once.
    ///
    /// - Throws: `notFound` when it isn't there; `tooMany` when the kernel has no more queues or watches for us; `ioFailed`.
    package func watch(_ path: String) throws(MartletError) {
        try state.withLock { state throws(MartletError) in
            let source: Source
            if let present = state.source { source = present } else { source = try open() }
            state.source = source
            let descriptor = inotify_add_watch(source.number, path, UInt32(IN_MODIFY) | UInt32(IN_DONT_FOLLOW))
            let failure = errno
            if descriptor >= 0 { state.watched[descriptor] = path } else { Self.endIfIdle(&state) }
            if descriptor < 0 { throw .system(failure, "watch the log '\(path)'") }
        }
        try cut(path)
    }

    /// No longer watches a log; it is no failure if it wasn't watched.
    package func unwatch(_ path: String) {
        state.withLock { state in
            guard let descriptor = state.watched.first(where: { $0.value == path })?.key else { return }
            state.watched[descriptor] = nil
            if let source = state.source { inotify_rm_watch(source.number, descriptor) }
            Self.endIfIdle(&state)
        }
    }

    private static func endIfIdle(_ state: inout State) {
        guard state.watched.isEmpty else { return }
        state.source?.end()
        state.source = nil
    }

    private func open() throws(MartletError) -> Source {
        let number = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        if number < 0 { throw .system(errno, "watch logs") }
        let source = Source(number)
        source.start { [weak self] in self?.readEvents(number) }
        return source
    }

    /// An event is 16 bytes and, where folders are watched, a name; its first four are the watch.
    private func readEvents(_ queue: Int32) {
        var changed: Set<Int32> = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(queue, &bytes, bytes.count)
            guard count >= 16 else { break }
            var offset = 0
            while offset + 16 <= count {
                changed.insert(Int32(bitPattern: Self.word(bytes[offset...])))
                offset += 16 + Int(Self.word(bytes[(offset + 12)...]))
            }
        }
        for path in state.withLock({ state in changed.compactMap { state.watched[$0] } }) { try? cut(path) }
    }

    /// The next four bytes as the kernel wrote them on this kind of processor.
    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func cut(_ path: String) throws(MartletError) {
        let file = try OwnedDescriptor.open(path, O_RDWR | O_NOFOLLOW | O_APPEND)
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) > limit else {
            return
        }
        let end = try BoundedFile.tail(path, count: limit)
        try AtomicFile.write(end, to: "\(path).1", mode: 0o600)
        if ftruncate(file.number, 0) != 0 { throw .system(errno, "shorten the log '\(path)'") }
    }

    /// The queue's descriptor and who is told that it has something.
    ///
    /// `@unchecked Sendable`: a dispatch source may be used from any thread, and the reference to it never changes.
    private final class Source: @unchecked Sendable {
        let number: Int32
        private let reader: any DispatchSourceRead

        init(_ number: Int32) {
            self.number = number
            reader = DispatchSource.makeReadSource(fileDescriptor: number, queue: DispatchQueue(label: "martlet.logs"))
            reader.setCancelHandler { close(number) }
        }

        func start(_ body: @escaping @Sendable () -> Void) {
            reader.setEventHandler(handler: body)
            reader.resume()
        }

        func end() { reader.cancel() }
    }
}
