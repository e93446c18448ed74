import MartletModel
import Synchronization

/// What one machine puts out, line by line behind its name, so that the lines of several don't mix.
final class TaggedLines: Sendable {
    /// A longer line is told in parts, in bytes.
    private static let longest = 64 << 10

    private struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
    }

    private let tag: [UInt8]
    private let streams: StandardStreams
    private let state = Mutex(State())

    init(tag: String, _ streams: StandardStreams) {
        self.tag = Array(tag.utf8)
        self.streams = streams
    }

    /// - Throws: `OutputClosed`.
    func take(_ output: GuestExecutionOutput) throws {
        try state.withLock { state in
            switch output {
            case .output(let bytes): try streams.output(lines(bytes, &state.output))
            case .errors(let bytes): try streams.error(lines(bytes, &state.errors))
            case .started, .ended, .failed: break
            }
        }
    }

    /// Tells what came without a line's end.
    ///
    /// - Throws: `OutputClosed`.
    func finish() throws {
        try state.withLock { state in
            if !state.output.isEmpty { try streams.output(tag + state.output + [Self.lineFeed]) }
            if !state.errors.isEmpty { try streams.error(tag + state.errors + [Self.lineFeed]) }
            state = State()
        }
    }

    private static let lineFeed = UInt8(ascii: "\n")

    /// The whole lines, with the tag; what is left stays in `rest`.
    private func lines(_ bytes: [UInt8], _ rest: inout [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var line = rest
        for byte in bytes {
            line.append(byte)
            guard byte == Self.lineFeed || line.count >= Self.longest else { continue }
            text += tag + line
            if byte != Self.lineFeed { text.append(Self.lineFeed) }
            line.removeAll(keepingCapacity: true)
        }
        rest = line
        return text
    }
}
