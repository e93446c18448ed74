package import MartletModel

/// The host's sockets, as iproute2's `ss` tells them.
package struct SocketTable: Sendable {
    private let runner: CommandRunner

    package init(runner: CommandRunner = CommandRunner()) { self.runner = runner }

    /// Whether a socket of the host listens on this port, at this address or at all of them.
    ///
    /// - Parameters:
    ///   - transport: `tcp` or `udp`.
    ///   - address: nil for any.
    /// - Throws: `commandFailed`, `notFound` when iproute2 isn't installed, `timedOut`, `tooLarge`.
    package func isTaken(_ port: UInt16, transport: String, address: String?) async throws(MartletError) -> Bool {
        let output = try await runner.runText("ss", ["-Hln", transport == "udp" ? "-u" : "-t"])
        return Self.endpoints(output, column: 3).contains { endpoint in
            guard endpoint.port == "\(port)" else { return false }
            return address == nil || endpoint.address == address || ["0.0.0.0", "*", "::"].contains(endpoint.address)
        }
    }

    /// The host's own addresses of the TCP connections that are open.
    ///
    /// - Throws: as `isTaken`.
    func established() async throws(MartletError) -> [String] {
        Self.endpoints(try await runner.runText("ss", ["-Htn", "state", "established"]), column: 2).map(\.address)
    }

    /// A column of addresses and ports, such as `192.0.2.1%eth0:22` or `[::1]:22`.
    static func endpoints(_ output: String, column: Int) -> [(address: String, port: String)] {
        output.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.indices.contains(column), let colon = fields[column].lastIndex(of: ":") else { return nil }
            let address = fields[column][..<colon].drop { $0 == "[" }.prefix { $0 != "]" && $0 != "%" }
            return (String(address), String(fields[column][fields[column].index(after: colon)...]))
        }
    }
}
