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

            With --listen other programs use it, as a serial port at an address or a unix socket, until Ctrl-C:

              martlet vm console hello --listen 127.0.0.1:4001
            """
    )
    static let uses: [OperationID] = [.readConsole, .writeConsole, .attachConsole]

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

    @Option(
        help: ArgumentHelp(
            "Let programs use it here instead; every user of this machine gets in at an address, only you at a path.",
            valueName: "host:port|path"))
    var listen: ForwardPlace?

    @OptionGroup var host: HostOptions

    func validate() throws {
        if history < 0 { throw ValidationError("--history \(history) is less than nothing") }
        if until?.isEmpty == true { throw ValidationError("--until needs a text") }
        if listen != nil, until != nil || afterInput != nil || timeout != nil {
            throw ValidationError("--listen goes on until Ctrl-C; leave out --until, --after-input and --timeout")
        }
    }

    func run(on session: HostSession) async throws {
        if let listen { return try await forward(at: listen, session) }
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

    private func forward(at place: ForwardPlace, _ session: HostSession) async throws {
        let (client, name, history) = (session.client, name, history)
        // A machine that is off is refused here, not each program.
        try await client.attachConsole(name, historyInBytes: 0) { _ in }
        try await session.forward(at: place) { place in
            let shown =
                switch place {
                case .address(let address): "\(address)"
                case .file(let path): Printable.escape(path)
                }
            return "the console of '\(Printable.escape(name))' is at \(shown)\n"
        } open: { work in
            try await client.attachConsole(name, historyInBytes: history, work)
        }
    }

    private var timedOut: MartletError {
        let missing = until.map { "'\($0)' didn't come in time" } ?? "the time is over"
        return MartletError(.timedOut, "\(missing); give it more with --timeout")
    }
}
