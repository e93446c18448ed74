import Glibc
import MartletAPI
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension ServedTests {
    @Suite("The daemon itself")
    struct DaemonTests {
        @Test("a root has one daemon at a time, and the second is told who the first is")
        func lock() throws {
            let scratch = try ScratchFolder()
            let path = "\(scratch.path)/daemon.lock"
            do {
                let first = try DaemonLock(path: path)
                #expect {
                    _ = try DaemonLock(path: path)
                } throws: { error in
                    (error as? MartletError)?.code == .inUse && "\(error)".contains("(process \(getpid()))")
                }
                _ = consume first
            }
            #expect(throws: Never.self) { _ = try DaemonLock(path: path) }
        }

        private func url(_ lab: DaemonLab) async throws -> String {
            try await lab.client { try await $0.getHost().apiURL }
        }

        @Test("it is alone on its root, answers at its socket, speaks TLS 1.2 and later alone, and ends when told to")
        func program() async throws {
            try await withDaemonLab { lab in
                let socket = "\(lab.root)/run/api.sock"
                var status = stat()
                #expect(stat(socket, &status) == 0 && status.st_mode & 0o007 == 0, "others have no way in")

                let second = try await Programs.run("martletd", ["--root", lab.root])
                #expect(second.code != 0 && second.errors.contains("another martletd (process "), "\(second)")

                let address = try await url(lab).dropFirst("https://".count)
                for (version, isSpoken) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
                    // Level 0 lets openssl itself speak what is old.
                    let arguments = [
                        "s_client", "-connect", String(address), version, "-cipher", "DEFAULT@SECLEVEL=0", "-brief",
                    ]
                    let shaken = try? await CommandRunner().runText("openssl", arguments)
                    #expect((shaken != nil) == isSpoken, "\(version)")
                }
                try await lab.terminate()
                #expect(access(socket, F_OK) != 0, "the socket is gone with it")
            }
        }

        @Test("a daemon that was killed leaves its socket behind, and the next takes its place, at the same port")
        func restart() async throws {
            // Other tests' daemons come and go at the standard port; this one remembers another.
            let port = try freePort()
            try await withDaemonLab(starting: false) { lab in
                try AtomicFile.write(Array("\(port)\n".utf8), to: "\(lab.root)/api-port", mode: 0o600)
                try await lab.start()
                #expect(try await url(lab).hasSuffix(":\(port)"))
                try await lab.kill9()
                #expect(access("\(lab.root)/run/api.sock", F_OK) == 0)
                try await lab.start()
                #expect(try await url(lab).hasSuffix(":\(port)"))
            }
        }

        private func freePort() throws -> UInt16 { try Listening(port: 0).port }

        @Test("an address that was asked for and is taken is said so, and ends it")
        func addressTaken() async throws {
            let taken = try Listening(port: 0)
            let scratch = try ScratchFolder()
            let outcome = try await Programs.run(
                "martletd", ["--root", scratch.path, "--listen", "127.0.0.1:\(taken.port)"])
            #expect(
                outcome.code != 0 && outcome.errors.contains("something else listens at 127.0.0.1:\(taken.port)"),
                "\(outcome)")
        }

        @Test(
            "nonsense on its command line is said so",
            arguments: [
                ["--listen", "x"], ["--accelerator", "warp"], ["--log-level", "loud"],
                ["--root", "/tmp/\(String(repeating: "x", count: 90))"],
            ]
        )
        func badOptions(options: [String]) async throws {
            let scratch = try ScratchFolder()
            let root = options.contains("--root") ? [] : ["--root", scratch.path]
            let outcome = try await Programs.run("martletd", root + options)
            #expect(outcome.code != 0 && outcome.errors.contains(options[1].prefix(20)), "\(outcome)")
        }

        @Test("it says its version")
        func version() async throws {
            #expect(try await Programs.run("martletd", ["--version"]).output == "\(martletVersion)\n")
        }
    }
}

/// A port of the loopback interface that is taken.
private final class Listening {
    let port: UInt16
    private let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let bound = Glibc.bind(descriptor, address, length) == 0 && listen(descriptor, 1) == 0
                return bound ? getsockname(descriptor, address, &length) : -1
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
        if result != 0 { throw MartletError.system(errno, "take a port") }
    }

    deinit { close(descriptor) }
}
