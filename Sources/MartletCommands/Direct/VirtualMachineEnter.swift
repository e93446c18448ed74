import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineEnter: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "enter",
        abstract: "Open a terminal in the guest of a machine.",
        discussion: """
            \(DirectOptions.discussion)

            The user's shell runs as a login shell, on a terminal as large as this one. Every key goes to the guest, Ctrl-C too; \
            ~. at the beginning of a line leaves, and what runs there is hung up. The exit code is the shell's; what fails on the \
            way to it ends in exit code 255.

              martlet vm enter web
              martlet vm enter web --user alice
            """
    )
    static let uses = GuestSessions.routes

    @Argument(help: "The machine.")
    var name: String

    @OptionGroup var direct: DirectOptions

    @Option(help: ArgumentHelp("A line for the user's shell to run on the terminal, in its place.", valueName: "line"))
    var shell: String?

    @OptionGroup var host: HostPlaceOptions

    func validate() throws {
        if shell == "" { throw ValidationError("--shell needs a line") }
    }

    func run(on session: HostSession) async throws {
        let end: GuestProgramEnd?
        do { end = try await enter(session) } catch let closed as OutputClosed {
            throw closed
        } catch {
            throw ReportedFailure.own(error, session)
        }
        guard let end else {
            session.streams.tell("martlet: left the guest of \(Printable.escape(name)); what ran there is hung up\n")
            return
        }
        if end != .exited(0) { throw GuestExit(code: end.exitCode) }
    }

    private func enter(_ session: HostSession) async throws -> GuestProgramEnd? {
        let terminal = GuestTerminal(context: session.context)
        let sessions = GuestSessions(direct, session)
        return try await sessions.with(ChosenMachine(key: name, name: name)) { opened in
            let start = GuestProgramStart(
                session: opened.id, program: shell.map { .commandLine($0) } ?? .loginShell,
                environment: terminal.environment, terminal: terminal.terminal)
            return try await session.client.executeInGuest(name, start) { try await terminal.run($0) }
        }
    }
}
