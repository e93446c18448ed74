import ArgumentParser
import MartletClient
import MartletModel

struct GuestUserRename: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Rename a user of a machine's guest.",
        discussion: "\(DirectOptions.accounts) The home folder keeps its name."
    )
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestUserName

    @Argument(help: "What it is to be called.")
    var newName: String

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let renamed = try await GuestAccounts.with(named.machine, direct, session) {
            try await $0.user(.renameUser(name: named.name, to: newName))
        }
        try session.tell(
            renamed, output, "the user \(named.name) of the guest of \(named.machine) is called \(newName) now")
    }
}

struct GuestUserEnable: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Open users of a machine's guest again.",
        discussion: "\(DirectOptions.accounts) The password that a user had before is good again."
    )
    static let uses = GuestSessions.routes

    @OptionGroup var users: GuestUserNames
    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await users.change(session, direct, output, "is open") { .enableUser(name: $0) }
    }
}

struct GuestUserDisable: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Close users of a machine's guest: nobody signs in as them, by password or key.",
        discussion: "\(DirectOptions.accounts) Sessions of Direct that are open as them end."
    )
    static let uses = GuestSessions.routes

    @OptionGroup var users: GuestUserNames
    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await users.change(session, direct, output, "is closed") { .disableUser(name: $0) }
    }
}

struct GuestUserRemove: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove users from a machine's guest.",
        discussion: "\(DirectOptions.accounts) On a terminal it asks first."
    )
    static let uses = GuestSessions.routes

    @OptionGroup var users: GuestUserNames

    @Flag(help: "Remove their home folders too.")
    var withHome = false

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions

    func run(on session: HostSession) async throws {
        let what = users.names.map { "'\(Printable.escape($0))'" }.joined(separator: ", ")
        try Question(streams: session.streams, isAnswered: yes).ask(
            "Remove \(what) from the guest of '\(Printable.escape(users.machine))'\(withHome ? " with home" : "")?")
        try await GuestAccounts.with(users.machine, direct, session) { accounts in
            for name in users.names {
                _ = try await accounts.users(.removeUser(name: name, removesHome: withHome))
                try session.streams.print("the user \(Printable.escape(name)) was removed\n")
            }
        }
    }
}

/// Users of one guest.
struct GuestUserNames: ParsableArguments {
    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The users in the guest.")
    var names: [String]

    /// Changes them one after the other, and tells of each; the first that fails ends it.
    func change(
        _ session: HostSession, _ direct: DirectOptions, _ output: OutputOptions, _ state: String,
        _ request: @escaping @Sendable (String) -> GuestAccountRequest
    ) async throws {
        try await GuestAccounts.with(machine, direct, session) { accounts in
            var changed: [GuestUserAccount] = []
            for name in names {
                changed.append(try await accounts.user(request(name)))
                if output.output == .table {
                    try session.streams.print("the user \(Printable.escape(name)) \(state)\n")
                }
            }
            if output.output != .table { try session.print(changed, output) }
        }
    }
}
