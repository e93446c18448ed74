package import MartletHost
import MartletModel
import Synchronization

/// Makes one point of an operation fail, and steps run as often as is wanted; records what was reached.
package final class ScriptedFaults: OperationFaults {
    private struct State {
        var failing: OperationFaultPoint?
        var repetitions = 1
        var reached: [OperationFaultPoint] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var repetitions: Int { state.withLock { $0.repetitions } }

    /// From now on; the point fails once.
    package func set(failing: OperationFaultPoint?, repetitions: Int = 1) {
        state.withLock { $0 = State(failing: failing, repetitions: repetitions) }
    }

    package var reachedPoints: [OperationFaultPoint] { state.withLock { $0.reached } }

    package func reached(_ point: OperationFaultPoint) async throws {
        let fails = state.withLock { state in
            state.reached.append(point)
            guard state.failing == point else { return false }
            state.failing = nil
            return true
        }
        if fails { throw MartletError(.internal, "made to fail at \(point.step), \(point.phase.rawValue)") }
    }
}
