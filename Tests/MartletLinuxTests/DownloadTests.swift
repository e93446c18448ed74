import FoundationEssentials
import Glibc
import MartletModel
import Synchronization
import Testing

@testable import MartletLinux

@Suite("Downloads", .timeLimit(.minutes(5)))
struct DownloadTests {
    /// A server of the paths below, which tells its port in a file.
    private static let server = """
        import http.server, os, sys
        BODY = bytes(i * 7 % 251 for i in range(300000))
        cut = []
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *words):
                with open("asked", "a") as log:
                    log.write(self.path + " " + str(self.headers.get("Range")) + "\\n")
            def head(self, status, **fields):
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
            def do_GET(self):
                if self.path == "/loop":
                    return self.head(302, Location="/loop")
                if self.path == "/to-file":
                    return self.head(302, Location="file:///etc/passwd")
                if self.path == "/forbidden":
                    return self.head(403, Content_Length="0")
                if self.path == "/endless":
                    self.head(200)
                    try:
                        while True:
                            self.wfile.write(b"x" * 65536)
                    except OSError:
                        return
                if self.path not in ("/whole", "/cut", "/changed"):
                    return self.head(404, Content_Length="0")
                tag = '"1"' if self.path != "/changed" or not cut else '"2"'
                start = 0
                if self.headers.get("Range") and self.headers.get("If-Range") == tag:
                    start = int(self.headers["Range"][6:].split("-")[0])
                    self.head(206, ETag=tag, Content_Length=str(len(BODY) - start),
                              Content_Range="bytes %d-%d/%d" % (start, len(BODY) - 1, len(BODY)))
                else:
                    self.head(200, ETag=tag, Content_Length=str(len(BODY)))
                if self.path != "/whole" and not cut:
                    cut.append(1)
                    self.wfile.write(BODY[:100000])
                    return
                self.wfile.write(BODY[start:])
        os.chdir(sys.argv[1])
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        with open("port.new", "w") as file:
            file.write(str(server.server_port))
        os.rename("port.new", "port")
        server.serve_forever()
        """

    private static let body = (0..<300_000).map { UInt8($0 * 7 % 251) }

    /// Runs a test with a server and a folder whose parent is closed to other users.
    private func withServer(_ test: (Download, String, String) async throws -> Void) async throws {
        try await withScratchFolder { outer in
            let folder = "\(outer)/root"
            try Folder.make(folder, mode: 0o711)
            let served = Task {
                try await CommandRunner(timeLimit: .seconds(200)).run("python3", ["-c", Self.server, outer])
            }
            defer { served.cancel() }
            try await eventually(within: .seconds(60), "the server has a port") {
                exists("\(outer)/port")
            } until: {
                $0
            }
            let port = try BoundedFile.readText("\(outer)/port")
            let user = geteuid() == 0 ? try UserAccount(name: "nobody") : nil
            let download = Download(user: user, folder: folder, pause: .milliseconds(10))
            try await test(download, "http://127.0.0.1:\(port)", outer)
        }
    }

    @Test("a file is fetched whole, and its progress told", arguments: ["/whole", "/cut", "/changed"])
    func fetches(_ path: String) async throws {
        try await withServer { download, server, folder in
            let seen = Mutex<Double>(0)
            try await download.fetch(server + path, to: "f", most: .mebibytes(1)) { part in seen.withLock { $0 = part }
            }
            #expect(try BoundedFile.read("\(folder)/root/f") == Self.body)
            #expect(seen.withLock { $0 } == 1)
            let asked = try BoundedFile.readText("\(folder)/asked").split(separator: "\n")
            // What was cut off is gone on with; of what changed meanwhile all is fetched anew.
            #expect(asked.count == ["/whole": 1, "/cut": 2, "/changed": 3][path], "\(asked)")
        }
    }

    @Test(
        "what can't be fetched is told by its kind",
        arguments: [
            ("/nothing", MartletError.Code.notFound), ("/forbidden", .unavailable), ("/loop", .unavailable),
            ("/to-file", .invalidArgument), ("/endless", .tooLarge),
        ])
    func refused(_ path: String, _ code: MartletError.Code) async throws {
        try await withServer { download, server, folder in
            let error = await failure {
                try await download.fetch("\(server)\(path)?secret=1", to: "f", most: .mebibytes(1))
            }
            // Only the plain path has an answer of its own.
            if path != "/nothing" {
                let plain = await failure { try await download.fetch(server + path, to: "f", most: .mebibytes(1)) }
                #expect(plain?.code == code, "\(plain as Any)")
            }
            #expect(error?.code == .notFound && error?.message.contains("secret") == false)
            let size = try FileEntry.size("\(folder)/root/f")
            #expect(size <= .mebibytes(1))
        }
    }

    @Test("a host that isn't there is told after some attempts, and a download can be cancelled")
    func away() async throws {
        try await withScratchFolder { folder in
            let download = Download(user: nil, folder: folder, pause: .milliseconds(1))
            let error = await failure { try await download.fetch("http://127.0.0.1:9/x", to: "f", most: .mebibytes(1)) }
            #expect(error?.code == .unavailable)
        }
        try await withServer { download, server, _ in
            let (begun, continuation) = AsyncStream<Void>.makeStream()
            let work = Task {
                try await download.fetch("\(server)/endless", to: "f", most: .gibibytes(100)) { _ in }
            }
            Task {
                while !exists("\(download.folder)/f") { try await Task.sleep(for: .milliseconds(10)) }
                continuation.yield()
            }
            for await _ in begun { break }
            work.cancel()
            let error = await failure { try await work.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test("the address is no argument, and can't add to curl's configuration")
    func configuration() {
        let text = Download.configuration("http://a/\"\noutput = /etc/x\\", most: .mebibytes(1), tag: "\"t\"")
        #expect(text.hasPrefix("url = \"http://a/\\\"output = /etc/x\\\\\"\n"))
        #expect(text.contains("header = \"If-Range: \\\"t\\\"\"\n"))
        #expect(text.contains("proto-redir = \"=http,https\"\n"))
        #expect(
            Download.configuration("https://a", most: .mebibytes(1), tag: nil).contains("proto-redir = \"=https\"\n"))
        #expect(Download.progress("####   12.5%") == 0.125 && Download.progress("hello") == nil)
    }
}
