import ArgumentParser
import MartletClient
import MartletModel

struct GuestUserAdd: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a user to a machine's guest.",
        discussion: """
            \(DirectOptions.accounts)

            Without a password nobody signs in by one, until `martlet vm user set` gives it; a key does.

              martlet vm user add web alice --full-name 'Alice A.' --groups sudo --ask-new-password
            """
    )
    static let uses = GuestSessions.routes

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "What the user is called.")
    var name: String

    @OptionGroup var settings: GuestUserOptions

    @Flag(help: "A user for a service: a low number.")
    var system = false

    @Flag(help: "Make no home folder.")
    var noHome = false

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let settings = try settings.settings(for: name, of: machine, in: session.context)
        let added = try await GuestAccounts.with(machine, direct, session) { accounts in
            try await accounts.user(
                .addUser(name: name, settings: settings, isSystem: system, makesHome: !noHome))
        }
        try session.tell(added, output, "the user \(name) was added to the guest of \(machine)")
    }
}

struct GuestUserSet: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a user of a machine's guest.",
        discussion: """
            \(DirectOptions.accounts)

            What isn't named stays as it is.

              martlet vm user set web alice --shell /bin/zsh --expires 2027-01-31
              martlet vm user set web alice --new-password-file pw
            """
    )
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestUserName

    @OptionGroup var settings: GuestUserOptions
    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let settings = try settings.settings(for: named.name, of: named.machine, in: session.context)
        guard settings != GuestUserSettings() else {
            throw MartletError(.invalidArgument, "nothing to change was named; `martlet vm user set --help` lists it")
        }
        let changed = try await GuestAccounts.with(named.machine, direct, session) { accounts in
            try await accounts.user(.setUser(name: named.name, settings: settings))
        }
        try session.tell(changed, output, "the user \(named.name) of the guest of \(named.machine) was changed")
    }
}

extension HostSession {
    /// Prints one thing that was changed: a sentence where a table is asked for.
    func tell<Item: Tabular>(_ item: Item, _ output: OutputOptions, _ sentence: String) throws {
        if output.output == .table { return try streams.print(Printable.escape(sentence) + "\n") }
        try print(item, output)
    }
}
