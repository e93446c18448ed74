import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineSessionNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "Sessions with a guest's own users.",
        subcommands: [VirtualMachineSessionList.self, VirtualMachineSessionClose.self]
    )
}

struct VirtualMachineSessionList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the sessions with a machine's guest.")
    static let uses: [OperationID] = [.listGuestSessions]

    @Argument(help: "The machine.")
    var name: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.listGuestSessions(name), output)
    }
}

struct VirtualMachineSessionClose: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Close sessions with a machine's guest, and end the programs in them."
    )
    static let uses: [OperationID] = [.closeGuestSession]

    @Argument(help: "The machine.")
    var name: String

    @Argument(help: "The sessions' numbers.")
    var numbers: [Int]

    @OptionGroup var host: HostOptions

    func validate() throws {
        if numbers.isEmpty { throw ValidationError("give the number of a session; `martlet vm session list` has them") }
        for number in numbers where !(0...Int(UInt32.max)).contains(number) {
            throw ValidationError("there is no session \(number); `martlet vm session list` has their numbers")
        }
    }

    func run(on session: HostSession) async throws {
        for number in numbers {
            try await session.client.closeGuestSession(name, number: number)
            try session.streams.print("session \(number) with the guest of \(Printable.escape(name)) is closed\n")
        }
    }
}

extension GuestUserSession: Tabular {
    static var columns: [Column<GuestUserSession>] {
        [
            Column("NUMBER", .right) { "\($0.number)" }, Column("USER") { $0.user },
            Column("PROGRAMS", .right) { "\($0.programs)" },
            Column("AGE", .right) { Age.text($1.since($0.opened)) }, Column("OPENED BY") { $0.peer },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Number", "\(number)"), Field("User", "\(user) (\(userID))"), Field("Home", home),
            Field("Programs", "\(programs)"), Field("Opened", Age.text(opened, now: now)), Field("Opened by", peer),
        ]
    }
}
