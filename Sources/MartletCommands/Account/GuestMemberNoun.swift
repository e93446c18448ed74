import ArgumentParser
import MartletClient
import MartletModel

struct GuestMemberNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member",
        abstract: "The users in a group of a machine's guest.",
        subcommands: [GuestMemberList.self, GuestMemberAdd.self, GuestMemberRemove.self]
    )
}

struct GuestMemberList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the users in a group of a machine's guest.",
        discussion: "\(DirectOptions.accounts) Users whose own group it is are shown too."
    )
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestGroupName
    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let lines = try await GuestAccounts.with(named.machine, direct, session) { accounts in
            let group = try await accounts.group(.showGroup(name: named.group))
            return GuestMemberLine.lines(group, try await accounts.users(.listUsers))
        }
        try session.print(lines, output)
    }
}

struct GuestMemberAdd: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Put users into a group of a machine's guest.",
        discussion: DirectOptions.accounts)
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestGroupName

    @Argument(help: "The users in the guest.")
    var users: [String]

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let group = try await named.changed(session, direct, users.map { .addMember(group: named.group, user: $0) })
        try session.tell(group, output, "\(users.joined(separator: ", ")) in the group \(named.group) now")
    }
}

struct GuestMemberRemove: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take users out of a group of a machine's guest.",
        discussion: DirectOptions.accounts)
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestGroupName

    @Argument(help: "The users in the guest.")
    var users: [String]

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let group = try await named.changed(session, direct, users.map { .removeMember(group: named.group, user: $0) })
        try session.tell(group, output, "\(users.joined(separator: ", ")) out of the group \(named.group) now")
    }
}

extension GuestGroupName {
    /// The group, as it is after these changes; the first that fails ends them.
    fileprivate func changed(
        _ session: HostSession, _ direct: DirectOptions, _ requests: [GuestAccountRequest]
    ) async throws -> GuestGroupAccount {
        try await GuestAccounts.with(machine, direct, session) { accounts in
            var group = GuestGroupAccount(name: self.group, groupID: 0, members: [])
            for request in requests { group = try await accounts.group(request) }
            return group
        }
    }
}
