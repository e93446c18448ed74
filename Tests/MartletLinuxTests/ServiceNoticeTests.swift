import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("What a service tells its manager")
struct ServiceNoticeTests {
    @Test("a notice arrives as systemd reads it, at a socket with a path")
    func path() async throws {
        try await withScratchFolder { folder in
            let receiver = try DatagramSocket("\(folder)/notify")
            #expect(try ServiceNotice.ready(status: "answering\nat X").send(to: "\(folder)/notify"))
            #expect(receiver.receive() == "READY=1\nSTATUS=answering at X")
            #expect(try ServiceNotice.stopping.send(to: "\(folder)/notify"))
            #expect(receiver.receive() == "STOPPING=1")
        }
    }

    @Test("a notice arrives at a socket that is no file")
    func abstractName() throws {
        let name = "@martlet-test-\(try SecureRandom.hex(byteCount: 6))"
        let receiver = try DatagramSocket(name)
        #expect(try ServiceNotice.stopping.send(to: name))
        #expect(receiver.receive() == "STOPPING=1")
    }

    @Test("without a manager there is nobody to tell, and that is no failure")
    func nobody() throws {
        #expect(try !ServiceNotice.stopping.send(to: nil))
        #expect(try !ServiceNotice.stopping.send(to: ""))
    }

    @Test("a socket that nobody listens at, or that can't be one, is an error and no more")
    func noSocket() {
        #expect(throws: MartletError.self) { try ServiceNotice.stopping.send(to: "/nowhere/none") }
        for name in ["@", String(repeating: "x", count: 200), "@" + String(repeating: "x", count: 108)] {
            #expect(throws: MartletError.self) { try ServiceNotice.stopping.send(to: name) }
        }
    }
}

/// The manager's side.
private final class DatagramSocket {
    private let number: Int32

    init(_ name: String) throws {
        number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = name.hasPrefix("@") ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(2 + bytes.count)
        // A sockaddr_un is a sockaddr with a path.
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
        }
        try #require(status == 0, "bind: \(errno)")
    }

    deinit { close(number) }

    func receive() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(number, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
