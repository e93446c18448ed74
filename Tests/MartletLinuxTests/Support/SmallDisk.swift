import Glibc
import MartletLinux

/// Runs a test with a file system of 64 KiB of its own.
func withSmallDisk<Value>(readOnly: Bool = false, _ body: (String) async throws -> Value) async throws -> Value {
    try await withScratchFolder { folder in
        let disk = "\(folder)/disk"
        try Folder.make(disk, mode: 0o700)
        try await CommandRunner().run("mount", ["-t", "tmpfs", "-o", "size=64k", "none", disk])
        let result: Result<Value, any Error>
        do {
            if readOnly { try await CommandRunner().run("mount", ["-o", "remount,ro", disk]) }
            result = .success(try await body(disk))
        } catch {
            result = .failure(error)
        }
        try await CommandRunner().run("umount", [disk])
        return try result.get()
    }
}
