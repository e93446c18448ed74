import MartletModel

/// How an error reads on stderr: a line, and below it the details that the line doesn't hold already.
struct ErrorReport {
    let text: String
    let status: ExitStatus

    /// `subject` is the name that failed, where several were given.
    init(_ error: any Error, subject: String? = nil) {
        let error = Self.ours(error)
        status = ExitStatus(error.code)
        let prefix = subject.map { "martlet: \(Printable.escape($0)): " } ?? "martlet: "
        let message = "\(error)"
        let details = error.details.filter { !$0.value.isEmpty && !message.contains($0.value) }
        text = ([prefix + Printable.escape(message)] + details.map(Self.line)).joined(separator: "\n") + "\n"
    }

    private static func ours(_ error: any Error) -> MartletError {
        switch error {
        case let error as MartletError: error
        case is CancellationError: MartletError(.cancelled, "cancelled")
        default: MartletError(.internal, "\(error)")
        }
    }

    /// Several lines, such as the end of a log, are indented below their name.
    private static func line(_ detail: MartletError.Detail) -> String {
        let lines = detail.value.split(whereSeparator: \.isNewline).map { Printable.escape(String($0)) }
        if lines.count == 1 { return "  \(detail.name): \(lines[0])" }
        return "  \(detail.name):\n" + lines.map { "    \($0)" }.joined(separator: "\n")
    }
}
