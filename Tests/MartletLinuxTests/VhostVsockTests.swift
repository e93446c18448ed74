import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("The kernel's vsock device")
struct VhostVsockTests {
    @Test("a host without it, and a file that isn't it, are told apart and leave nothing open")
    func missing() async throws {
        try await withScratchFolder { folder in
            #expect(await failure { _ = try VhostVsock.take([70_000], device: "\(folder)/none") }?.code == .notFound)
            try AtomicFile.write([1], to: "\(folder)/file", mode: 0o600)
            #expect(await failure { _ = try VhostVsock.take([70_000], device: "\(folder)/file") }?.code == .ioFailed)
            #expect(await failure { _ = try VhostVsock.take([], device: "\(folder)/file") }?.code == .inUse)
        }
    }
}
