import ArgumentParser
import Glibc
import MartletClient
import MartletLinux
import MartletModel

struct VirtualMachineCopy: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy a file or a folder into the guest of a machine, or out of it.",
        discussion: """
            \(DirectOptions.discussion)

            One side is <machine>:<path>; a path that is relative, or begins with ~/, is below the user's home there, and one \
            here that has a ':' is written ./a:b. A target that is a folder is copied into; any other is the copy's name. Modes, \
            times, links and holes are kept, and owners where root receives, by name before number.

            A file is at its name whole or not at all. A copy that was cut short goes on where it stopped when the same command \
            is given again, and what is there already isn't sent. What can't be copied is told, and the exit code is 1.

              martlet vm copy site web:/srv/
              martlet vm copy web:/var/log/nginx .
              martlet vm copy setup.sh web: --user alice
            """
    )
    static let uses = GuestSessions.routes

    @Argument(help: "What is copied: a path, or <machine>:<path>.", completion: .file())
    var source: CopyPlace

    @Argument(help: "Where to: a path, or <machine>:<path>.", completion: .file())
    var target: CopyPlace

    @OptionGroup var direct: DirectOptions

    @Option(help: ArgumentHelp("How long it may take, the sign-in excluded; no limit by default.", valueName: "time"))
    var timeout: TimeSpan?

    @Flag(help: "Print an object with what was copied.")
    var json = false

    @OptionGroup var host: HostPlaceOptions

    func validate() throws {
        switch (source, target) {
        case (.guest, .guest):
            throw ValidationError(
                "both sides are guests; copy it here first, or give `vm exec … tar c` to `vm exec … tar x` by a pipe")
        case (.here, .here):
            throw ValidationError(
                "neither side is a guest; write <machine>:<path> for one, and ./<path> for a path with ':' here")
        default: break
        }
    }

    func run(on session: HostSession) async throws {
        let copy = try GuestCopy(source, target, session)
        let display = CopyDisplay(session.streams)
        let began = ContinuousClock.now
        let summary = try await GuestSessions(direct, session).with(copy.machine) { opened in
            defer { display.end() }
            return try await session.untilInterrupted([SIGINT, SIGTERM, SIGHUP]) {
                try await TimeLimit.within(timeout?.duration, Self.overtime) {
                    try await copy.run(opened, session.client) { display.show($0) }
                }
            } interruption: {
                display.end()
                session.streams.tell("martlet: interrupted; the same command goes on where this one stopped\n")
            }
        }
        let report = CopyReport(
            summary, source: source, target: target, seconds: (ContinuousClock.now - began) / .seconds(1))
        for problem in summary.problems { session.streams.tell("martlet: \(Printable.escape(problem))\n") }
        try session.streams.print(json ? Renderer.json(report) : report.sentence + "\n")
        if !summary.problems.isEmpty { throw ReportedFailure(status: .failed) }
    }

    private static let overtime = MartletError(
        .timedOut, "the copy didn't end in time; the same command goes on where it stopped, with more --timeout")
}
