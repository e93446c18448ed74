import MartletModel

/// How progress reads in one line. Pure.
enum ProgressLine {
    /// Such as `start hello: start QEMU (3 of 7)`.
    static func plain(_ operation: Operation) -> String {
        let title = Printable.escape(operation.title)
        if operation.state == .undoing { return "\(title): undoing what was done" }
        guard let index = currentStep(of: operation) else { return "\(title): \(percent(operation.progress))" }
        return "\(title): \(Printable.escape(operation.steps[index].name)) (\(index + 1) of \(operation.steps.count))"
    }

    /// Such as `[#######             ]  35 %  start hello: start QEMU (3 of 7)`; for several, their mean and how many have ended.
    static func bar(_ operations: [Operation], ended: Int, total: Int, columns: Int) -> String {
        guard let first = operations.first else { return "" }
        let progress = (operations.reduce(0) { $0 + bounded($1.progress) } + Double(ended)) / Double(max(total, 1))
        let count = total > 1 ? "\(ended) of \(total)  " : ""
        return bar(progress, count + plain(first), columns: columns)
    }

    /// Such as `[#######             ]  35 %  text`, cut to a terminal's width.
    static func bar(_ progress: Double, _ text: String, columns: Int) -> String {
        let filled = Int(bounded(progress) * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: width - filled)
        return fitted("[\(bar)] \(percent(progress))  \(text)", columns: columns - 1)
    }

    private static let width = 20

    private static func bounded(_ progress: Double) -> Double { progress.isFinite ? min(max(progress, 0), 1) : 0 }

    private static func percent(_ progress: Double) -> String {
        let digits = String(Int(bounded(progress) * 100))
        return String(repeating: " ", count: 3 - digits.count) + digits + " %"
    }

    private static func currentStep(of operation: Operation) -> Int? {
        operation.steps.firstIndex { $0.state == .started } ?? operation.steps.firstIndex { $0.state == .waiting }
    }

    /// The line must not wrap: only the last row of a wrapped one could be erased.
    private static func fitted(_ line: String, columns: Int) -> String {
        var line = line
        while !line.isEmpty, DisplayWidth.of(line) > columns { line.removeLast() }
        return line
    }
}
