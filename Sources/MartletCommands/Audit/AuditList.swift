import ArgumentParser
import MartletClient
import MartletModel

struct AuditList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List who did what, the newest first.",
        discussion: """
              martlet audit list --since 2h
              martlet audit list --by alice --subject web
            """
    )
    static let uses: [OperationID] = [.listAudit]

    @Option(
        help: ArgumentHelp(
            "Only what was done since: a time ago such as 30m, 2h or 7d, or an RFC 3339 time.", valueName: "time"))
    var since: Since?

    @Option(help: ArgumentHelp("Only what this user, or the token of this name, did.", valueName: "user"))
    var by: String?

    @Option(help: ArgumentHelp("Only what was done to the thing of this name or id.", valueName: "name"))
    var subject: String?

    @Option(help: "How many at most.")
    var limit = 100

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1_000_000).contains(limit) else {
            throw ValidationError("--limit \(limit) can't be; give 1 to 1000000")
        }
    }

    func run(on session: HostSession) async throws {
        let filter = AuditFilter(since: since?.moment(now: session.context.now()), user: by, subject: subject)
        try session.print(try await session.client.listAudit(filter, limit: limit), output)
    }
}

/// A point in time, or a length of time before now.
enum Since: Hashable, Sendable, ExpressibleByArgument {
    case moment(Moment)
    case ago(TimeSpan)

    init?(argument: String) {
        if let span = TimeSpan(argument) {
            self = .ago(span)
        } else if let moment = Moment(argument) ?? Moment(argument.replacing("Z", with: ".000Z")) {
            self = .moment(moment)
        } else {
            return nil
        }
    }

    func moment(now: Moment) -> Moment {
        switch self {
        case .moment(let moment): moment
        case .ago(let span): Moment(milliseconds: now.milliseconds - Int64(span.duration / .milliseconds(1)))
        }
    }
}

extension AuditEntry: Tabular {
    static var columns: [Column<AuditEntry>] {
        [
            Column("TIME") { $0.time.description },
            Column("WHO") { $0.user ?? "" },
            Column("ROLE") { $0.role?.rawValue ?? "" },
            Column("FROM") { $0.from ?? "" },
            Column("DID") { $0.action },
            Column("TO") { $0.subject ?? "" },
            Column("OUTCOME") { entry in entry.outcome + (entry.omitted.map { " (\($0) more before)" } ?? "") },
        ]
    }

    func fields(now: Moment) -> [Field] { Self.columns.map { Field($0.title, $0.value(self, now)) } }
}
