import FoundationEssentials
import MartletLinux
import MartletModel

/// A web server on this host's loopback that serves a folder.
package struct WebServer: Sendable {
    package let address: String
    private let process: ProcessIdentity

    private static let program = """
        import functools, http.server, os, sys
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        with open(sys.argv[2] + ".new", "w") as file:
            file.write(str(server.server_port))
        os.rename(sys.argv[2] + ".new", sys.argv[2])
        server.serve_forever()
        """

    /// Runs a test's body with a server of `folder`, which keeps its port and its log there.
    package static func with<Result>(
        serving folder: String, _ body: (WebServer) async throws -> Result
    ) async throws -> Result {
        let portFile = "\(folder)/port"
        let process = try DetachedProcess.spawn(
            executable: "/usr/bin/python3", arguments: ["-c", program, folder, portFile], environment: [:],
            workingDirectory: "/", log: "\(folder)/server.log", descriptors: [])
        defer {
            try? process.signal(9)
            Task { _ = await process.waitForExit() }
        }
        _ = try await eventually(within: .seconds(60), "the web server has a port") {
            FileEntry.exists(portFile)
        } until: {
            $0
        }
        return try await body(
            WebServer(address: "http://127.0.0.1:\(try BoundedFile.readText(portFile))", process: process))
    }
}
