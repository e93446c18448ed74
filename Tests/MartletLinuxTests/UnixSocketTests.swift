import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Unix sockets")
struct UnixSocketTests {
    @Test("a listener's file has the mode asked for, and takes connections at once")
    func bind() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/socket"
            for wanted: mode_t in [0o600, 0o666, 0o660] {
                let listener = try UnixListener.bind(path: path, mode: wanted)
                #expect(mode(of: path) == wanted)
                #expect(fcntl(listener, F_GETFD) == FD_CLOEXEC)
                let client = try connected(to: path)
                close(client)
                close(listener)
            }
        }
    }

    @Test("a socket at which somebody listens is not replaced")
    func inUse() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/socket"
            let listener = try UnixListener.bind(path: path, mode: 0o600)
            #expect(await failure { _ = try UnixListener.bind(path: path, mode: 0o600) }?.code == .inUse)
            close(try connected(to: path))
            close(listener)
            close(try UnixListener.bind(path: path, mode: 0o600))
        }
    }

    @Test("a file or a link in the socket's place is left alone")
    func taken() async throws {
        try await withScratchFolder { folder in
            try AtomicFile.write([1], to: "\(folder)/file", mode: 0o600)
            symlink("\(folder)/file", "\(folder)/link")
            for name in ["file", "link"] {
                let error = await failure { _ = try UnixListener.bind(path: "\(folder)/\(name)", mode: 0o600) }
                #expect(error?.code == .alreadyExists)
            }
            #expect(try BoundedFile.read("\(folder)/file") == [1])
        }
    }

    @Test("a path that doesn't fit into an address is refused, one that just fits is not")
    func longPath() async throws {
        try await withScratchFolder { folder in
            let fits = folder + "/" + String(repeating: "x", count: 107 - folder.utf8.count - 1)
            close(try UnixListener.bind(path: fits, mode: 0o600))
            #expect(exists(fits))
            let error = await failure { _ = try UnixListener.bind(path: fits + "x", mode: 0o600) }
            #expect(error?.code == .invalidArgument)
            #expect(await failure { _ = try UnixListener.bind(path: "", mode: 0o600) }?.code == .invalidArgument)
            #expect(await failure { _ = try UnixListener.bind(path: "\(folder)/n/s", mode: 0o600) }?.code == .notFound)
        }
    }

    @Test("the kernel tells who is connected")
    func credentials() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/socket"
            let listener = try UnixListener.bind(path: path, mode: 0o600)
            let client = try connected(to: path)
            let server = accept(listener, nil, nil)
            defer { for descriptor in [listener, client, server] { close(descriptor) } }
            let peer = try PeerCredentials(socket: server)
            #expect(peer == PeerCredentials(userID: geteuid(), groupID: getegid(), processID: getpid()))
        }
    }

    @Test("another user's connection shows that user", .enabled(if: isRoot, "becoming another user needs root"))
    func otherUser() async throws {
        try await withScratchFolder { folder in
            #expect(chmod(folder, 0o711) == 0)
            let listener = try UnixListener.bind(path: "\(folder)/socket", mode: 0o666)
            let script = "use IO::Socket::UNIX; IO::Socket::UNIX->new('\(folder)/socket') or die; <STDIN>; sleep 600"
            let process = try DetachedProcess.spawn(
                executable: "/usr/bin/setpriv",
                arguments: ["--reuid", "65534", "--regid", "65533", "--clear-groups", "perl", "-e", script],
                environment: ["PATH": "/usr/bin:/bin"],
                workingDirectory: "/",
                log: "\(folder)/log",
                descriptors: []
            )
            let server = await BlockingWork.accepting(listener)
            defer { for descriptor in [listener, server] { close(descriptor) } }
            let peer = try PeerCredentials(socket: server)
            #expect(peer.userID == 65534 && peer.groupID == 65533 && peer.processID == process.processID)
            try process.signal(SIGKILL)
            _ = await process.waitForExit()
        }
    }

    @Test("what isn't a connected unix socket has no peer")
    func noPeer() async throws {
        try await withScratchFolder { folder in
            let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
            let network = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { for descriptor in [file, network] { close(descriptor) } }
            for descriptor in [file, network, -1] {
                #expect(await failure { _ = try PeerCredentials(socket: descriptor) }?.code == .ioFailed)
            }
        }
    }

    private func connected(to path: String) throws -> Int32 {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        return client
    }
}

extension BlockingWork {
    fileprivate static func accepting(_ listener: Int32) async -> Int32 {
        (try? await run { () throws(MartletError) in accept(listener, nil, nil) }) ?? -1
    }
}
