import ArgumentParser
import Glibc
import MartletClient
import MartletModel

struct VirtualMachineExec: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a program in the guests of machines.",
        usage: "martlet vm exec [<machine> ...] [options] -- <program> [<argument> ...]",
        discussion: """
            \(DirectOptions.discussion)

            For one machine stdin, stdout, stderr and the exit code are the program's, byte for byte; what fails on the way to it \
            ends in exit code 255. For several each line is told with its machine's name in front, a summary follows on stderr, \
            and the exit code is 1 when any failed.

              martlet vm exec web -- systemctl is-active nginx
              martlet vm exec web --shell 'journalctl -n 50 | grep error'
              tar c site | martlet vm exec web -- tar x -C /srv
              martlet vm exec --label env=test --password-file pw -- uptime
            """
    )
    static let uses = [.listMachines] + GuestSessions.routes

    @Argument(help: "The machines, by name or id.")
    var names: [String] = []

    @Option(name: .customLong(TrailingProgram.option), parsing: .unconditionalSingleValue, help: .hidden)
    var program: [String] = []

    @OptionGroup var choice: MachineChoice
    @OptionGroup var direct: DirectOptions

    @Option(help: ArgumentHelp("A line for the user's shell, in the place of a program.", valueName: "line"))
    var shell: String?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("A variable for the program, such as LANG=C; repeated for more.", valueName: "name=value"))
    var environment: [String] = []

    @Option(help: ArgumentHelp("The folder to run in; the user's home by default.", valueName: "dir"))
    var directory: String?

    @Option(help: ArgumentHelp("At how many machines at once.", valueName: "number"))
    var parallel = 10

    @Option(help: ArgumentHelp("How long each may take, the sign-in included; no limit by default.", valueName: "time"))
    var timeout: TimeSpan?

    @Flag(help: "Give what is on stdin to each of several machines; to one it is given anyway.")
    var stdin = false

    @Flag(name: [.customShort("n"), .long], help: "Read nothing from stdin.")
    var noStdin = false

    @Flag(help: "Tell several machines' lines as they are, without names.")
    var noTag = false

    @Flag(help: "Print an object for each machine, with what the program put out and how it ended.")
    var json = false

    @OptionGroup var host: HostPlaceOptions

    func validate() throws {
        try choice.validate(with: names)
        if program.isEmpty == (shell == nil) {
            throw ValidationError("give a program behind --, such as -- uptime, or a line with --shell")
        }
        if shell == "" { throw ValidationError("--shell needs a line") }
        if !(1...1000).contains(parallel) { throw ValidationError("--parallel must be from 1 to 1000") }
        if stdin, noStdin { throw ValidationError("give --stdin or --no-stdin, not both") }
        for text in environment where !text.contains("=") || text.hasPrefix("=") {
            throw ValidationError("'\(text)' is not NAME=VALUE; give for example LANG=C")
        }
    }

    func run(on session: HostSession) async throws {
        let machines = try await choice.running(names, session)
        if machines.isEmpty {
            session.streams.tell("martlet: there is no machine to do this with\n")
            return
        }
        let run = GuestRun(
            session: session, sessions: GuestSessions(direct, session),
            program: shell.map { .commandLine($0) } ?? .arguments(program), environment: variables,
            workingDirectory: directory, timeout: timeout?.duration)
        if let only = machines.first, machines.count == 1, !json {
            try await runOne(run, only, session)
        } else {
            try await runMany(run, machines, session)
        }
    }

    private var variables: [String: String] {
        let pairs = environment.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[1]))
        }
        return Dictionary(pairs) { $1 }
    }

    private func runOne(_ run: GuestRun, _ machine: ChosenMachine, _ session: HostSession) async throws {
        let streams = session.streams
        let end: GuestProgramEnd
        do {
            end = try await run.run(on: machine, input: noStdin ? nil : streams.input()) { output in
                switch output {
                case .output(let bytes): try streams.output(bytes)
                case .errors(let bytes): try streams.error(bytes)
                case .started, .ended, .failed: break
                }
            }
        } catch let closed as OutputClosed {
            throw closed
        } catch {
            throw ReportedFailure.own(error, session)
        }
        if end != .exited(0) { throw GuestExit(code: end.exitCode) }
    }

    private func runMany(_ run: GuestRun, _ machines: [ChosenMachine], _ session: HostSession) async throws {
        let input = stdin ? try await InputCopy.read(session.streams.input()) : nil
        let many = GuestRunMany(
            run: run, parallel: parallel, style: json ? .json : noTag ? .plain : .tagged, input: input)
        if try await !many.run(machines) { throw ReportedFailure(status: .failed) }
    }
}

extension ReportedFailure {
    /// Tells what failed before and beside the program, with the code that no program's is taken for.
    static func own(_ error: any Error, _ session: HostSession) -> ReportedFailure {
        session.streams.tell(ErrorReport(error).text)
        return ReportedFailure(status: .ownFailure)
    }
}
