import FoundationEssentials
import Glibc
import MartletLinux
import Synchronization
import Testing

/// A folder of one test's own, removed with all in it at the end; the one that it is in is closed to other users.
final class TestFolder: Sendable {
    let path: String
    private let outer: String
    private let mounted = Mutex<[String]>([])

    init() throws {
        var template = Array("/tmp/martlet-qemu-XXXXXX".utf8CString)
        outer = String(cString: try #require(mkdtemp(&template)))
        path = outer + "/root"
        try #require(mkdir(path, 0o711) == 0)
    }

    deinit {
        for place in mounted.withLock({ $0 }) { umount2(place, Int32(MNT_DETACH)) }
        try? FileManager.default.removeItem(atPath: outer)
    }

    /// A folder with a file system of its own, of `size` in the words of mount(8); needs root.
    func makeFileSystem(_ name: String, size: String) async throws {
        try #require(mkdir(file(name), 0o755) == 0)
        try await CommandRunner().run("mount", ["-t", "tmpfs", "-o", "size=\(size)", "tmpfs", file(name)])
        mounted.withLock { $0.append(file(name)) }
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// Looks again and again until `condition` holds, and says what it saw last when the time is up.
func eventually<Value: Sendable>(
    within limit: Duration = .seconds(30),
    _ look: () async throws -> Value,
    is condition: (Value) -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let end = ContinuousClock.now + limit
    var seen = try await look()
    while !condition(seen), ContinuousClock.now < end {
        try await Task.sleep(for: .milliseconds(10))
        seen = try await look()
    }
    #expect(condition(seen), "last seen: \(seen)", sourceLocation: sourceLocation)
}

/// The next element that `condition` holds for; nil when the sequence ended first.
func first<S: AsyncSequence & Sendable>(
    in sequence: S,
    within limit: Duration = .seconds(60),
    where condition: @escaping @Sendable (S.Element) -> Bool
) async throws -> S.Element? where S.Element: Sendable {
    try await withThrowingTaskGroup(of: S.Element?.self) { group in
        group.addTask {
            for try await element in sequence where condition(element) { return element }
            return nil
        }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimeUp()
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}

struct TimeUp: Error {}
