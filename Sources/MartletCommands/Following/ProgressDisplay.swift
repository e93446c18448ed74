import MartletModel
import Synchronization

/// Tells on stderr how work goes: a line that is written over on a terminal, a line for each step elsewhere.
final class ProgressDisplay: Sendable {
    private struct State {
        /// Work under way, in the order in which it began.
        var operations: [Operation] = []
        var ended = 0
        /// What was told last of each, so that it isn't told again.
        var told: [ID<Operation>: String] = [:]
        var isDrawn = false
    }

    private let streams: StandardStreams
    private let total: Int
    private let state = Mutex(State())

    /// `total` is how many pieces of work there are.
    init(streams: StandardStreams, total: Int) {
        self.streams = streams
        self.total = total
    }

    /// Shows how far a piece of work is.
    func show(_ operation: Operation) {
        state.withLock { state in
            if let index = state.operations.firstIndex(where: { $0.id == operation.id }) {
                state.operations[index] = operation
            } else {
                state.operations.append(operation)
            }
            if streams.isErrorTerminal { draw(&state) } else { tellStep(of: operation, &state) }
        }
    }

    /// Takes a piece of work that ended, in whichever way, from the display.
    func end(_ id: ID<Operation>) {
        state.withLock { state in
            erase(&state)
            state.operations.removeAll { $0.id == id }
            state.told[id] = nil
            state.ended += 1
        }
    }

    /// Does `tell` with the line out of its way.
    func interrupted(by tell: () throws -> Void) rethrows {
        try state.withLock { state in
            erase(&state)
            try tell()
        }
    }

    private func tellStep(of operation: Operation, _ state: inout State) {
        let line = ProgressLine.plain(operation)
        if state.told.updateValue(line, forKey: operation.id) != line { streams.tell(line + "\n") }
    }

    private func draw(_ state: inout State) {
        let line = ProgressLine.bar(state.operations, ended: state.ended, total: total, columns: streams.columns)
        streams.tell("\r\u{1B}[K" + line)
        state.isDrawn = true
    }

    private func erase(_ state: inout State) {
        if state.isDrawn { streams.tell("\r\u{1B}[K") }
        state.isDrawn = false
    }
}
