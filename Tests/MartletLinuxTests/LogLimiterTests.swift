import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Logs that others write")
struct LogLimiterTests {
    @Test("a log that grows past the limit begins anew, its end goes aside, and its writer goes on")
    func cut() async throws {
        try await withScratchFolder { folder in
            let limiter = LogLimiter(limit: 1_000)
            let writer = try Writer("\(folder)/log")
            try limiter.watch(writer.path)
            writer.write(String(repeating: "a", count: 900))
            try await eventually("nothing is cut below the limit", { writer.size }, until: { $0 == 900 })
            #expect(!exists("\(folder)/log.1"))
            writer.write(String(repeating: "b", count: 700))
            try await eventually("the log begins anew", { writer.size }, until: { $0 == 0 })
            let kept = try BoundedFile.readText("\(folder)/log.1")
            #expect(kept == String(repeating: "a", count: 300) + String(repeating: "b", count: 700))
            #expect(mode(of: "\(folder)/log.1") == 0o600)
            writer.write("on")
            #expect(try BoundedFile.readText(writer.path) == "on")
        }
    }

    @Test("a log that grew while nobody watched is cut when it is watched")
    func grownBefore() async throws {
        try await withScratchFolder { folder in
            let writer = try Writer("\(folder)/log")
            writer.write(String(repeating: "a", count: 5_000))
            try LogLimiter(limit: 1_000).watch(writer.path)
            #expect(writer.size == 0)
        }
    }

    @Test("a log that is no longer watched grows as it likes, and another is watched on")
    func unwatched() async throws {
        try await withScratchFolder { folder in
            let limiter = LogLimiter(limit: 10)
            let (one, two) = (try Writer("\(folder)/one"), try Writer("\(folder)/two"))
            for writer in [one, two] { try limiter.watch(writer.path) }
            limiter.unwatch(one.path)
            limiter.unwatch("\(folder)/none")
            one.write(String(repeating: "a", count: 100))
            two.write(String(repeating: "a", count: 100))
            try await eventually("the other is cut", { two.size }, until: { $0 == 0 })
            #expect(one.size == 100)
        }
    }

    @Test("what is no file, or a link, isn't touched")
    func noFile() async throws {
        try await withScratchFolder { folder in
            let limiter = LogLimiter(limit: 10)
            #expect(throws: MartletError.self) { try limiter.watch("\(folder)/none") }
            let target = try Writer("\(folder)/target")
            target.write(String(repeating: "a", count: 100))
            symlink(target.path, "\(folder)/link")
            #expect(throws: MartletError.self) { try limiter.watch("\(folder)/link") }
            #expect(target.size == 100)
        }
    }
}

/// Appends, as QEMU does.
private final class Writer: Sendable {
    let path: String
    private let number: Int32

    init(_ path: String) throws {
        self.path = path
        number = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        try #require(number >= 0)
    }

    deinit { close(number) }

    func write(_ text: String) { _ = Glibc.write(number, text, text.utf8.count) }

    var size: Int {
        var status = stat()
        return fstat(number, &status) == 0 ? Int(status.st_size) : -1
    }
}
