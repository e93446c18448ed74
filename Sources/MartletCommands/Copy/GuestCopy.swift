import Glibc
import MartletClient
import MartletLinux
import MartletModel

/// A copy between here and a guest.
struct GuestCopy: Sendable {
    private enum Direction: Hashable { case into, outOf }

    let machine: ChosenMachine
    private let direction: Direction
    /// Absolute.
    private let pathHere: String
    private let pathThere: String

    /// - Throws: `notFound` when there is nothing here to copy; `invalidArgument` unless one side alone is a guest.
    init(_ source: CopyPlace, _ target: CopyPlace, _ session: HostSession) throws(MartletError) {
        let (machine, path, here): (String, String, String)
        switch (source, target) {
        case (.here(let source), .guest(let name, let target)):
            (direction, machine, path, here) = (.into, name, target, session.context.absolute(source))
            guard FileEntry.exists(here) else {
                throw MartletError(.notFound, "there is no '\(source)' here to copy; look at its name")
            }
        case (.guest(let name, let source), .here(let target)):
            (direction, machine, path, here) = (.outOf, name, source, session.context.absolute(target))
        default: throw MartletError(.invalidArgument, "one side of a copy has to be a guest, as <machine>:<path>")
        }
        self.machine = ChosenMachine(key: machine, name: machine)
        pathThere = CopyPlace.guestPath(path)
        pathHere = here
    }

    /// Copies, in a session with the guest.
    ///
    /// - Parameter told: called with each piece that was sent or has come, on a thread of the copy's.
    /// - Throws: as `CopyExchange.run`.
    func run(
        _ opened: OpenedGuestSession, _ client: HostClient, told: @escaping @Sendable (CopyProgress) -> Void
    ) async throws -> CopySummary {
        let (pathHere, direction) = (pathHere, direction)
        let start = GuestProgramStart(
            session: opened.id, program: .builtIn(["copy", direction == .into ? "receive" : "send", pathThere]),
            // Relative paths are the home's, and of nothing else where there is none.
            workingDirectory: pathThere.isAbsolutePath ? nil : opened.session.home)
        return try await client.executeInGuest(machine.key, start) { program in
            try await CopyExchange.run(program) { line throws(MartletError) in
                switch direction {
                case .into: try CopySender(path: pathHere, input: line, output: line, told: told).run()
                case .outOf: try CopyReceiver(target: pathHere, input: line, output: line, told: told).run()
                }
            }
        }
    }
}
