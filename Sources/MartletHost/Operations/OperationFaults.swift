package import MartletModel

/// Where tests make operations fail. A daemon in use has `NoFaults`.
package protocol OperationFaults: Sendable {
    /// Called around each perform and undo; what it throws counts as the step's own failure.
    func reached(_ point: OperationFaultPoint) async throws
    /// How often each perform and each undo is run; 1 in use.
    var repetitions: Int { get }
}

/// A place in the course of an operation.
package struct OperationFaultPoint: Hashable, Sendable {
    /// Before or after a step is performed or undone.
    package enum Phase: String, Sendable, CaseIterable {
        case beforePerform, afterPerform, beforeUndo, afterUndo
    }

    package var kind: Operation.Kind
    package var step: String
    package var phase: Phase

    package init(kind: Operation.Kind, step: String, phase: Phase) {
        self.kind = kind
        self.step = step
        self.phase = phase
    }
}

/// Nothing is made to fail.
package struct NoFaults: OperationFaults {
    package init() {}
    package func reached(_ point: OperationFaultPoint) async throws {}
    package var repetitions: Int { 1 }
}
