import FoundationEssentials
import MartletModel
import MartletStore

/// An operation as the journal keeps it: what people see, and the input that its steps need.
struct OperationRecord: StoredDocument {
    static var collection: String { "operation" }
    static var schemaVersion: Int { 1 }

    var operation: Operation
    var input: Data
    var documentID: String { operation.id.description }
}

extension OperationRecord {
    /// The first step that isn't known to be done.
    var nextStep: Int? { operation.steps.firstIndex { $0.state != .done } }

    /// The steps that may have had an effect, last first.
    var stepsToUndo: [Int] {
        operation.steps.indices.reversed().filter {
            operation.steps[$0].state == .started || operation.steps[$0].state == .done
        }
    }

    /// Sets the progress from the steps that are done and the fraction of the present one.
    mutating func updateProgress(fraction: Double = 0) {
        let done = operation.steps.count { $0.state == .done }
        operation.progress = min(1, (Double(done) + min(max(fraction, 0), 1)) / Double(max(operation.steps.count, 1)))
    }

    mutating func say(_ text: String) {
        if !operation.messages.contains(text) { operation.messages.append(text) }
    }
}
