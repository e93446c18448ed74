import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineConsole: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Use a machine's serial console.",
        discussion: """
            On a terminal every key goes to the machine, Ctrl-C too; Ctrl-] leaves. Elsewhere stdin is typed into the \
            console and what it puts out is printed, until the machine ends, or as the options say:

              martlet vm console hello --until 'login: ' --timeout 2m </dev/null
              echo poweroff | martlet vm console hello
              echo uname -a | martlet vm console hello --history 0 --after-input 3s
            """
    )
    static let uses: [OperationID] = [.readConsole, .writeConsole]

    @Argument(help: "The machine.")
    var name: String

    @Option(help: ArgumentHelp("How much of what it put out before is shown first.", valueName: "bytes"))
    var history = 4096

    @Option(
        help: ArgumentHelp("Leave when it has put out this text; what is shown first counts too.", valueName: "text")
    )
    var until: String?

    @Option(help: ArgumentHelp("Leave this long after the end of the input.", valueName: "time"))
    var afterInput: TimeSpan?

    @Option(help: ArgumentHelp("Leave after this time, with exit code 5.", valueName: "time"))
    var timeout: TimeSpan?

    @OptionGroup var host: HostOptions

    func validate() throws {
        if history < 0 { throw ValidationError("--history \(history) is less than nothing") }
        if until?.isEmpty == true { throw ValidationError("--until needs a text") }
    }

    func run(on session: HostSession) async throws {
        let console = ConsoleSession(
            client: session.client,
            context: session.context,
            machine: name,
            historyInBytes: history,
            until: until.map { Array($0.utf8) },
            afterInput: afterInput?.duration,
            timeout: timeout?.duration
        )
        let end = try await console.run()
        if end == .timedOut { throw timedOut }
        if session.streams.isErrorTerminal { session.streams.tell("\nmartlet: \(end.sentence)\n") }
        if end == .machineEnded, let until {
            throw MartletError(.notFound, "the machine has ended and didn't put out '\(until)' before")
        }
    }

    private var timedOut: MartletError {
        let missing = until.map { "'\($0)' didn't come in time" } ?? "the time is over"
        return MartletError(.timedOut, "\(missing); give it more with --timeout")
    }
}
