import Glibc
import MartletLinux
import MartletModel
import Testing

/// Runs a test with a folder of its own, and removes it afterwards.
func withScratchFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let path = "/tmp/martlet-test-\(try SecureRandom.hex(byteCount: 6))"
    try Folder.make(path, mode: 0o700)
    let result: Result<Value, any Error>
    do {
        result = .success(try await body(path))
    } catch {
        result = .failure(error)
    }
    try Folder.removeTree(path)
    return try result.get()
}

/// A file's mode bits; nil when it isn't there.
func mode(of path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
}

func exists(_ path: String) -> Bool { mode(of: path) != nil }

/// Names in a folder, sorted.
func names(in path: String) async throws -> [String] {
    try await CommandRunner().runText("ls", ["-A", path]).split(separator: "\n").map(String.init)
}

/// Runs what must fail, and returns how.
func failure(_ body: () async throws -> Void) async -> MartletError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? MartletError
    }
}

/// Looks again until the condition holds; after `limit` the test fails with what was seen last.
func eventually<Value>(
    within limit: Duration = .seconds(20),
    _ what: String,
    _ look: () async throws -> Value,
    until holds: (Value) -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    var seen = try await look()
    while !holds(seen) {
        guard ContinuousClock.now < deadline else {
            Issue.record("\(what): not within \(limit); last seen: \(seen)")
            return
        }
        try await Task.sleep(for: .milliseconds(20))
        seen = try await look()
    }
}

let isRoot = geteuid() == 0
