package import MartletModel

/// A program that runs in a guest: what goes to it, and what comes from it.
package struct GuestProgram: Sendable {
    let socket: WebSocketConnection

    /// Passes something on to it; waits while it takes no more. Long input goes in pieces.
    ///
    /// - Returns: whether it could be passed on. When the program or the way to it has ended it can't, and `follow` says why.
    /// - Throws: what can't be JSON; `CancellationError`.
    @discardableResult
    package func send(_ input: GuestExecutionInput) async throws -> Bool {
        guard case .input(let bytes) = input, bytes.count > GuestExecutionWire.longestPiece else {
            return try await socket.send(try input.message())
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            guard try await socket.send(try GuestExecutionInput.input(Array(rest.prefix(Self.piece))).message()) else {
                return false
            }
            rest = rest.dropFirst(Self.piece)
        }
        return true
    }

    private static let piece = GuestExecutionWire.longestPiece

    /// What comes from it, `started` first, until it has ended.
    ///
    /// - Parameter take: is waited for: while it is slow, the program is held up.
    /// - Returns: how it ended.
    /// - Throws: what the host says of a program that couldn't be run to its end; `unavailable` when the connection is lost;
    ///   whatever `take` throws.
    package func follow(_ take: (GuestExecutionOutput) async throws -> Void) async throws -> GuestProgramEnd {
        for try await message in socket.messages {
            let output = try GuestExecutionOutput(message: message)
            switch output {
            case .ended(let end): return end
            case .failed(let failure): throw failure.error
            case .started, .output, .errors: try await take(output)
            }
        }
        throw MartletError(.unknown, "the host said nothing of how the program ended")
    }
}
