import ArgumentParser
import MartletClient
import MartletModel

struct GuestGroupNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group",
        abstract: "The groups in a machine's guest, and who is in them.",
        subcommands: [
            GuestGroupList.self, GuestGroupShow.self, GuestGroupAdd.self, GuestGroupSet.self, GuestGroupRename.self,
            GuestGroupRemove.self, GuestMemberNoun.self,
        ]
    )
}

/// A machine, and a group in its guest.
struct GuestGroupName: ParsableArguments {
    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The group in the guest.")
    var group: String
}

struct GuestGroupList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the groups of a machine's guest.", discussion: DirectOptions.accounts)
    static let uses = GuestSessions.routes

    @Argument(help: "The machine.")
    var machine: String

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let groups = try await GuestAccounts.with(machine, direct, session) { try await $0.groups(.listGroups) }
        try session.print(groups, output)
    }
}

struct GuestGroupShow: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a group of a machine's guest.", discussion: DirectOptions.accounts)
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestGroupName
    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let group = try await GuestAccounts.with(named.machine, direct, session) {
            try await $0.group(.showGroup(name: named.group))
        }
        try session.print(group, output)
    }
}

struct GuestGroupAdd: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a group to a machine's guest.", discussion: DirectOptions.accounts)
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestGroupName

    @Option(help: ArgumentHelp("The group's number.", valueName: "number"))
    var gid: UInt32?

    @Flag(help: "A group for a service: a low number.")
    var system = false

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let added = try await GuestAccounts.with(named.machine, direct, session) {
            try await $0.group(.addGroup(name: named.group, groupID: gid, isSystem: system))
        }
        try session.tell(added, output, "the group \(named.group) was added to the guest of \(named.machine)")
    }
}

struct GuestGroupSet: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a group of a machine's guest.", discussion: DirectOptions.accounts)
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestGroupName

    @Option(help: ArgumentHelp("The group's number; files keep the old one.", valueName: "number"))
    var gid: UInt32

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let changed = try await GuestAccounts.with(named.machine, direct, session) {
            try await $0.group(.setGroup(name: named.group, groupID: gid))
        }
        try session.tell(changed, output, "the group \(named.group) of the guest of \(named.machine) was changed")
    }
}

struct GuestGroupRename: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Rename a group of a machine's guest.", discussion: DirectOptions.accounts)
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestGroupName

    @Argument(help: "What it is to be called.")
    var newName: String

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let renamed = try await GuestAccounts.with(named.machine, direct, session) {
            try await $0.group(.renameGroup(name: named.group, to: newName))
        }
        try session.tell(
            renamed, output, "the group \(named.group) of the guest of \(named.machine) is called \(newName) now")
    }
}

struct GuestGroupRemove: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a group from a machine's guest.",
        discussion: "\(DirectOptions.accounts) On a terminal it asks first. The users in it stay."
    )
    static let uses = GuestSessions.routes

    @OptionGroup var named: GuestGroupName

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var direct: DirectOptions
    @OptionGroup var host: HostPlaceOptions

    func run(on session: HostSession) async throws {
        let (group, machine) = (Printable.escape(named.group), Printable.escape(named.machine))
        try Question(streams: session.streams, isAnswered: yes).ask("Remove '\(group)' from the guest of '\(machine)'?")
        _ = try await GuestAccounts.with(named.machine, direct, session) {
            try await $0.groups(.removeGroup(name: named.group))
        }
        try session.streams.print("the group \(group) was removed from the guest of \(machine)\n")
    }
}
