/// A question before something that can't be undone. Scripts, which have no terminal, aren't asked.
struct Question {
    let streams: StandardStreams
    /// By an option on the command line.
    let isAnswered: Bool

    /// - Throws: `ReportedFailure` when the answer isn't yes.
    func ask(_ text: String) throws {
        if isAnswered || !streams.isInputTerminal || !streams.isErrorTerminal { return }
        streams.tell("\(text) [y/N] ")
        let answer = streams.readLine()?.lowercased() ?? ""
        if answer == "y" || answer == "yes" { return }
        streams.tell("martlet: nothing was done\n")
        throw ReportedFailure(status: .failed)
    }
}
