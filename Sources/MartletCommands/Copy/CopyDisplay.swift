import MartletLinux
import MartletModel
import Synchronization

/// Tells how a copy goes, in a line on the terminal that is written over; nothing elsewhere.
final class CopyDisplay: Sendable {
    private struct State {
        var isDrawn = false
        var lastDrawn: ContinuousClock.Instant?
        /// What the speed is counted from: what was there already isn't ours.
        var first: (time: ContinuousClock.Instant, bytes: UInt64)?
    }

    private static let interval: Duration = .milliseconds(200)

    private let streams: StandardStreams
    private let state = Mutex(State())

    init(_ streams: StandardStreams) { self.streams = streams }

    func show(_ progress: CopyProgress) {
        guard streams.isErrorTerminal else { return }
        let now = ContinuousClock.now
        state.withLock { state in
            if let last = state.lastDrawn, now - last < Self.interval { return }
            let first = state.first ?? (now, progress.bytes)
            (state.first, state.lastDrawn, state.isDrawn) = (first, now, true)
            let seconds = (now - first.time) / .seconds(1)
            let speed = seconds > 0 ? Double(progress.bytes - min(first.bytes, progress.bytes)) / seconds : nil
            let fraction = progress.size > 0 ? Double(progress.place) / Double(progress.size) : 1
            let line = ProgressLine.bar(fraction, Self.words(progress, speed: speed), columns: streams.columns)
            streams.tell("\r\u{1B}[K" + line)
        }
    }

    /// Takes the line away.
    func end() {
        state.withLock { state in
            if state.isDrawn { streams.tell("\r\u{1B}[K") }
            state.isDrawn = false
        }
    }

    /// Such as `disk.img, 340 MiB so far, 51.2 MiB/s`: the name first, since the end may not fit.
    static func words(_ progress: CopyProgress, speed: Double?) -> String {
        let name = Printable.escape(progress.path.split(separator: "/").last.map(String.init) ?? progress.path)
        let done = progress.files == 0 ? "" : ", \(progress.files) \(progress.files == 1 ? "file" : "files") done"
        let pace = speed.map { ", \(ByteCount(bytes: Int64($0)))/s" } ?? ""
        return "\(name)\(done), \(ByteCount(bytes: Int64(clamping: progress.bytes))) so far\(pace)"
    }
}
