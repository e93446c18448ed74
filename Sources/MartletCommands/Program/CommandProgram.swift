import ArgumentParser

/// The program `martlet`, as a function from arguments to an exit status.
package enum CommandProgram {
    /// Does what `arguments` (without the program's name) say, and tells on stderr what went wrong.
    package static func run(_ arguments: [String], in context: CommandContext = .process) async -> ExitStatus {
        do {
            var command = try CommandLineParser.parse(TrailingProgram.moved(LeadingOptions.moved(arguments)))
            if let verb = command as? any Verb {
                try await verb.run(in: context)
            } else {
                try command.run()
            }
            return .success
        } catch let failure as ReportedFailure {
            return failure.status
        } catch let exit as GuestExit {
            return ExitStatus(rawValue: Int32(clamping: exit.code))
        } catch is OutputClosed {
            return .failed
        } catch {
            return report(error, streams: context.streams)
        }
    }

    private static func report(_ error: any Error, streams: StandardStreams) -> ExitStatus {
        switch MartletCommand.exitCode(for: error) {
        case .success:
            // A request for help or the version.
            return (try? streams.print(terminated(MartletCommand.fullMessage(for: error)))) == nil ? .failed : .success
        case .validationFailure:
            streams.tell(terminated(MartletCommand.fullMessage(for: error)))
            return .usage
        default:
            let report = ErrorReport(error)
            streams.tell(report.text)
            return report.status
        }
    }

    private static func terminated(_ text: String) -> String { text.hasSuffix("\n") ? text : text + "\n" }
}
