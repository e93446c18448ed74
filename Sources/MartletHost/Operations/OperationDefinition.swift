import FoundationEssentials
package import MartletModel
package import MartletStore

/// How one kind of operation is done: a named list of idempotent steps.
///
/// A step may be performed again after a crash that left it unclear whether it had taken effect, and undone though it had not.
package struct OperationDefinition: Sendable {
    /// What becomes of an operation that a crash interrupted.
    package enum Recovery: Sendable { case finish, undo }

    package let kind: Operation.Kind
    package let recovery: Recovery
    package let steps: [OperationStep]
    /// How its record is kept before its first step.
    let firstRecord: Durability
    /// Takes the operation's subject in hand again, before anything else may, when a new daemon finds it unfinished.
    let resume: @Sendable (Data) async throws -> Void
    /// Hands the subject back once every step is done, or was given up past the point of no return.
    let complete: @Sendable (Data) async -> Void
    /// Hands the subject back once the operation has failed or was cancelled, and everything is undone.
    let abandon: @Sendable (Data, Failure?) async -> Void

    /// - Parameters:
    ///   - firstRecord: `processCrash` where nothing outlives a power loss before a step writes durably to the store, and this record
    ///     with it: what was begun is then as if it had never been asked for.
    ///   - resume: claims the subject again after a crash.
    ///   - complete: runs after the last step, once that isn't tried again any more; nobody else may have the subject before.
    ///   - abandon: runs after the last undo; the failure is nil when somebody cancelled.
    package init<Input: Codable & Sendable>(
        kind: Operation.Kind,
        input: Input.Type,
        recovery: Recovery,
        firstRecord: Durability = .powerLoss,
        resume: @escaping @Sendable (Input) async throws -> Void = { _ in },
        complete: @escaping @Sendable (Input) async -> Void = { _ in },
        abandon: @escaping @Sendable (Input, Failure?) async -> Void = { _, _ in },
        steps: [TypedStep<Input>]
    ) {
        self.kind = kind
        self.recovery = recovery
        self.firstRecord = firstRecord
        self.steps = steps.map(OperationStep.init)
        self.resume = { try await resume(JSONDecoder().decode(Input.self, from: $0)) }
        // An input that doesn't decode has failed its steps before.
        self.complete = { data in
            guard let input = try? JSONDecoder().decode(Input.self, from: data) else { return }
            await complete(input)
        }
        self.abandon = { data, failure in
            guard let input = try? JSONDecoder().decode(Input.self, from: data) else { return }
            await abandon(input, failure)
        }
    }
}

/// A step whose input has its type.
package struct TypedStep<Input: Codable & Sendable>: Sendable {
    package typealias Body = @Sendable (Input, OperationContext) async throws -> Void

    let name: String
    let isPointOfNoReturn: Bool
    let isIrreversible: Bool
    let perform: Body
    let undo: Body

    /// - Parameter isPointOfNoReturn: once begun, the operation is only finished: a failure from here on is told as a message
    ///   of the operation and undoes nothing.
    /// - Parameter isIrreversible: what it did can't be undone, as a guest that was shut down; its undo and `abandon` then leave the
    ///   subject whole, in the state that the step brought about.
    package init(
        _ name: String,
        isPointOfNoReturn: Bool = false,
        isIrreversible: Bool = false,
        perform: @escaping Body,
        undo: @escaping Body = { _, _ in }
    ) {
        self.name = name
        self.isPointOfNoReturn = isPointOfNoReturn
        self.isIrreversible = isIrreversible
        self.perform = perform
        self.undo = undo
    }
}

/// A step as the engine sees it.
package struct OperationStep: Sendable {
    package let name: String
    package let isPointOfNoReturn: Bool
    package let isIrreversible: Bool
    let perform: @Sendable (Data, OperationContext) async throws -> Void
    let undo: @Sendable (Data, OperationContext) async throws -> Void

    init<Input>(_ step: TypedStep<Input>) {
        name = step.name
        isPointOfNoReturn = step.isPointOfNoReturn
        isIrreversible = step.isIrreversible
        perform = { try await step.perform(JSONDecoder().decode(Input.self, from: $0), $1) }
        undo = { try await step.undo(JSONDecoder().decode(Input.self, from: $0), $1) }
    }
}
