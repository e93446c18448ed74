/// What a step may tell the engine while it works.
package struct OperationContext: Sendable {
    private let report: @Sendable (Double) async -> Void
    private let say: @Sendable (String) async -> Void

    init(
        report: @escaping @Sendable (Double) async -> Void,
        say: @escaping @Sendable (String) async -> Void
    ) {
        self.report = report
        self.say = say
    }

    /// Tells how much of this step is done, from 0 to 1. Not journalled.
    package func progress(_ fraction: Double) async { await report(fraction) }

    /// Tells people something beside success. The same text is kept once, so that a repeated step doesn't repeat it.
    package func message(_ text: String) async { await say(text) }
}
