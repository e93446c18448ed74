import Glibc
import MartletLinux
import MartletModel
import MartletTestSupport

/// A file system without a byte to spare.
enum FullDisk {
    /// Takes the last byte of the file system that a folder is on.
    static func fill(_ folder: String) throws(MartletError) {
        let descriptor = open(filler(folder), O_WRONLY | O_CREAT, 0o600)
        guard descriptor >= 0 else { throw MartletError(.ioFailed, "\(filler(folder)) can't be made: \(errno)") }
        defer { close(descriptor) }
        // The large pieces for the time that it takes, the small ones for the last byte.
        for size in [1 << 20, 4_096] {
            let block = [UInt8](repeating: 1, count: size)
            while write(descriptor, block, block.count) > 0 {}
        }
    }

    /// Gives all of it back.
    static func makeRoom(_ folder: String) throws(MartletError) { try Folder.removeTree(filler(folder)) }

    /// Runs a test's body with a host whose root folder is a file system of its own, and takes both away whatever happens.
    static func withLab(sizeInMebibytes size: Int, _ body: (DaemonLab) async throws -> Void) async throws {
        let scratch = try ScratchFolder()
        try await CommandRunner().run("mount", ["-t", "tmpfs", "-o", "size=\(size)m,mode=755", "tmpfs", scratch.path])
        let lab = DaemonLab(scratch: scratch)
        let outcome: Result<Void, any Error>
        do {
            try await lab.start()
            try await body(lab)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await lab.endAll()
        _ = try? await CommandRunner().run("umount", ["--lazy", scratch.path])
        try outcome.get()
    }

    private static func filler(_ folder: String) -> String { "\(folder)/filler" }
}
