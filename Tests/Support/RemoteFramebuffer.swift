package import MartletClient
import MartletModel

/// A viewer's part of RFB (RFC 6143), as far as the first picture's size.
package struct RemoteFramebuffer {
    /// In points.
    package struct Size: Hashable, Sendable {
        package var width: Int
        package var height: Int

        package init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// What is awaited.
    private enum Stage {
        case version, security, result, screen
        case name(Size, length: Int)
    }

    private var stage = Stage.version
    private var bytes: [UInt8] = []

    /// Shakes hands as a viewer that doesn't mind others, and is told the screen's size and the machine's name.
    package static func open(_ socket: WebSocketConnection) async throws -> (size: Size, name: String) {
        var seen: (size: Size, name: String)?
        try await look(socket) {
            seen = ($0, $1)
            return false
        }
        guard let seen else { throw MartletError(.unavailable, "the screen ended before it was seen") }
        return seen
    }

    /// As `open`, and then goes on to look until the screen ends, if it is wanted.
    ///
    /// - Parameter shown: is told what `open` returns, once, and says whether to go on.
    /// - Throws: what the screen ended with.
    package static func look(
        _ socket: WebSocketConnection, _ shown: (Size, String) async throws -> Bool
    ) async throws {
        var viewer = RemoteFramebuffer()
        var isShown = false
        for try await message in socket.messages where !isShown {
            viewer.bytes += message
            while let reply = try viewer.advance() { _ = try await socket.send(reply) }
            guard case .name(let size, let length) = viewer.stage, viewer.bytes.count >= length else { continue }
            isShown = true
            let name = String(decoding: viewer.bytes.prefix(length), as: UTF8.self)
            if try await !shown(size, name) { return }
        }
    }

    /// The answer to what has come; nil while that isn't whole, and at the end.
    private mutating func advance() throws -> [UInt8]? {
        switch stage {
        case .version:
            guard let offered = take(12) else { return nil }
            try require(offered == Self.version)
            stage = .security
            return Self.version
        case .security:
            guard let count = bytes.first, bytes.count > Int(count), let types = take(1 + Int(count)) else {
                return nil
            }
            // None: whoever is here has been let in.
            try require(types.dropFirst().contains(1))
            stage = .result
            return [1]
        case .result:
            guard let result = take(4) else { return nil }
            try require(result == [0, 0, 0, 0])
            stage = .screen
            return [1]
        case .screen:
            guard let head = take(24) else { return nil }
            let length = head[20...].reduce(0) { $0 << 8 | Int($1) }
            try require(length < 1_000)
            let size = Size(width: Int(head[0]) << 8 | Int(head[1]), height: Int(head[2]) << 8 | Int(head[3]))
            stage = .name(size, length: length)
            return nil
        case .name: return nil
        }
    }

    private static let version = Array("RFB 003.008\n".utf8)

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard bytes.count >= count else { return nil }
        defer { bytes.removeFirst(count) }
        return Array(bytes.prefix(count))
    }

    private func require(_ isSo: Bool) throws(MartletError) {
        if !isSo { throw MartletError(.internal, "an unexpected \(stage) in RFB") }
    }
}
