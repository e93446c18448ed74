import FoundationEssentials
import MartletClient
import MartletModel

/// The same program in the guests of several machines, some at once.
struct GuestRunMany: Sendable {
    enum Style: Sendable { case tagged, plain, json }

    let run: GuestRun
    let parallel: Int
    let style: Style
    /// What each reads; nil for nothing.
    let input: [UInt8]?

    /// What came of one machine.
    private struct Result: Sendable {
        var machine: ChosenMachine
        var end: GuestProgramEnd?
        var failure: ErrorReport?
        var report: GuestRunReport

        var isGood: Bool { end == .exited(0) }
    }

    /// Runs it everywhere, and tells a summary.
    ///
    /// - Returns: whether it ended with code 0 in each.
    /// - Throws: `OutputClosed`.
    func run(_ machines: [ChosenMachine]) async throws -> Bool {
        let results = try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: machines.count)
            for (index, machine) in machines.enumerated() {
                if index >= parallel, let (done, result) = try await group.next() { results[done] = result }
                group.addTask { (index, try await runOne(machine)) }
            }
            while let (done, result) = try await group.next() { results[done] = result }
            return results.compactMap(\.self)
        }
        if style == .json { try run.session.streams.print(try Renderer.json(results.map(\.report))) }
        tell(results)
        return results.allSatisfy(\.isGood)
    }

    private func runOne(_ machine: ChosenMachine) async throws -> Result {
        let lines = TaggedLines(tag: style == .tagged ? "\(Printable.escape(machine.name)): " : "", run.session.streams)
        let kept = KeptOutput()
        let style = style
        do {
            let end = try await run.run(on: machine, input: input.map(InputCopy.stream)) { output in
                if style == .json { kept.take(output) } else { try lines.take(output) }
            }
            try lines.finish()
            return Result(machine: machine, end: end, report: kept.report(machine.name, end, nil))
        } catch let closed as OutputClosed {
            throw closed
        } catch is CancellationError where Task.isCancelled {
            throw CancellationError()
        } catch {
            try lines.finish()
            let failure = ErrorReport(error, subject: machine.name)
            if style != .json { run.session.streams.tell(failure.text) }
            return Result(
                machine: machine, failure: failure, report: kept.report(machine.name, nil, Failure(error)))
        }
    }

    private func tell(_ results: [Result]) {
        let bad = results.filter { !$0.isGood }
        var text = "martlet: it ended well in \(results.count - bad.count) of \(results.count) guests"
        let named = bad.prefix(20).map { result in
            let name = Printable.escape(result.machine.name)
            switch result.end {
            case .exited(let code): return "\(name) (exit code \(code))"
            case .signalled(let number): return "\(name) (signal \(number))"
            case nil: return "\(name) (not run to its end)"
            }
        }
        if !bad.isEmpty { text += "; not in " + named.joined(separator: ", ") }
        if bad.count > named.count { text += " and \(bad.count - named.count) more" }
        run.session.streams.tell(text + "\n")
    }
}

/// What is read once and given to several.
enum InputCopy {
    /// In bytes; what is longer goes to one machine alone.
    private static let limit = 64 << 20

    /// - Throws: `tooLarge`.
    static func read(_ input: AsyncStream<[UInt8]>) async throws(MartletError) -> [UInt8] {
        var bytes: [UInt8] = []
        for await piece in input {
            bytes += piece
            if bytes.count > limit {
                throw MartletError(
                    .tooLarge,
                    "more than 64 MiB came on stdin for several machines; copy a file there with `martlet vm copy`")
            }
        }
        return bytes
    }

    static func stream(_ bytes: [UInt8]) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            if !bytes.isEmpty { continuation.yield(bytes) }
            continuation.finish()
        }
    }
}
