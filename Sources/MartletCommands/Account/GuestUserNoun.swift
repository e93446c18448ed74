import ArgumentParser
import MartletClient
import MartletModel

struct GuestUserNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "The users in a machine's guest.",
        subcommands: [
            GuestUserList.self, GuestUserShow.self, GuestUserAdd.self, GuestUserSet.self, GuestUserRename.self,
            GuestUserEnable.self, GuestUserDisable.self, GuestUserRemove.self,
        ]
    )
}

/// A machine, and a user in its guest.
struct GuestUserName: ParsableArguments {
    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The user in the guest.")
    var name: String
}

struct GuestUserList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the users of a machine's guest, without those of a directory.",
        discussion: DirectOptions.accounts)
    static let uses = GuestSessions.routes

    @Argument(help: "The machine.")
    var machine: String

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let users = try await GuestAccounts.with(machine, direct, session) { try await $0.users(.listUsers) }
        try session.print(users, output)
    }
}

struct GuestUserShow: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a user of a machine's guest.", discussion: DirectOptions.accounts)
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestUserName

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let user = try await GuestAccounts.with(named.machine, direct, session) {
            try await $0.user(.showUser(name: named.name))
        }
        try session.print(user, output)
    }
}
