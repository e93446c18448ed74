import Glibc
import MartletLinux
package import MartletModel

/// A file system on a device whose reads or writes can be made to fail: ext4 on a loop over nbdkit's memory, which `nbdfuse` shows as a file.
package struct FailingDevice: Sendable {
    /// Where it is mounted.
    package let path: String
    private let folder: String

    /// Does `body` with one of 256 MiB, and takes it away afterwards.
    package static func with(_ body: (FailingDevice) async throws -> Void) async throws {
        let scratch = try ScratchFolder()
        let device = FailingDevice(path: "\(scratch.path)/pool", folder: scratch.path)
        for name in ["pool", "device"] { try Folder.make("\(scratch.path)/\(name)", mode: 0o755) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { do { try await device.serve() } catch  where Task.isCancelled {} }
            let result: Result<Void, any Error>
            do {
                try await device.mount()
                result = .success(try await body(device))
            } catch {
                result = .failure(error)
            }
            for path in [device.path, device.served] {
                _ = try? await CommandRunner().run("umount", ["--lazy", path])
            }
            group.cancelAll()
            try result.get()
        }
    }

    private var served: String { "\(folder)/device" }

    package enum Fault: String, Sendable {
        case reads, writes

        /// What nbdkit's filter calls it.
        fileprivate var call: String { self == .reads ? "error-pread" : "error-pwrite" }
    }

    private func mark(_ fault: Fault) -> String { "\(folder)/\(fault.rawValue)-fail" }

    private func serve() async throws {
        try await CommandRunner(timeLimit: .seconds(3_000)).run(
            "nbdfuse",
            [
                "\(served)/nbd", "[", "nbdkit", "--exit-with-parent", "--filter=error", "memory", "256M",
            ]
                + [Fault.reads, .writes].flatMap {
                    ["\($0.call)=EIO", "\($0.call)-rate=100%", "\($0.call)-file=\(mark($0))"]
                }
                + ["]"])
    }

    private func mount() async throws {
        let file = "\(served)/nbd"
        _ = try await eventually("nbdfuse shows its file") {
            FileEntry.exists(file)
        } until: {
            $0
        }
        // Without a journal, whose failed write would end the file system and not one write.
        try await CommandRunner().run("mkfs.ext4", ["-q", "-O", "^has_journal", "-E", "lazy_itable_init=0", file])
        try await CommandRunner().run("mount", ["-o", "loop", file, path])
    }

    /// From now on they fail.
    package func breakDown(_ fault: Fault) throws(MartletError) {
        try AtomicFile.write([], to: mark(fault), mode: 0o644)
    }

    /// From now on they work.
    package func mend(_ fault: Fault) throws(MartletError) { try PrivateFile.remove(mark(fault)) }

    /// Has the kernel forget what it keeps of a file here, so that it is read from the device again.
    package func forget(_ file: String) throws(MartletError) {
        for path in [file, "\(served)/nbd"] {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .system(errno, "open '\(path)'") }
            defer { close(descriptor) }
            let error = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
            if error != 0 { throw .system(error, "forget '\(path)'") }
        }
    }
}
