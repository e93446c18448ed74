import ArgumentParser
import MartletModel

/// What a user in a guest is given.
struct GuestUserOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The name of the person.", valueName: "text"))
    var fullName: String?

    @Option(help: ArgumentHelp("The user's number.", valueName: "number"))
    var uid: UInt32?

    @Option(help: ArgumentHelp("The home folder.", valueName: "dir"))
    var home: String?

    @Option(help: ArgumentHelp("The shell, such as /bin/bash.", valueName: "program"))
    var shell: String?

    @Option(help: ArgumentHelp("The user's own group, by name or number.", valueName: "group"))
    var group: String?

    @Option(help: ArgumentHelp("All the other groups, such as sudo,adm; '' for none.", valueName: "groups"))
    var groups: String?

    @Option(help: ArgumentHelp("The day from which on it is closed, such as 2027-01-31, or never.", valueName: "day"))
    var expires: String?

    @Option(
        help: ArgumentHelp("The file with the user's new password, for your eyes alone.", valueName: "file"),
        completion: .file())
    var newPasswordFile: String?

    @Flag(help: "Ask for the user's new password, twice.")
    var askNewPassword = false

    func validate() throws {
        if askNewPassword, newPasswordFile != nil {
            throw ValidationError("give --ask-new-password or --new-password-file, not both")
        }
        if let expires, expires != "never", (try? #/\d{4}-\d\d-\d\d/#.wholeMatch(in: expires)) == nil {
            throw ValidationError("--expires takes a day, such as 2027-01-31, or never")
        }
    }

    /// - Throws: `invalidArgument` when no password is typed, or not the same twice; as `SecretFile.readPrivate`.
    func settings(for name: String, of machine: String, in context: CommandContext) throws -> GuestUserSettings {
        var settings = GuestUserSettings()
        (settings.fullName, settings.userID, settings.home, settings.shell) = (fullName, uid, home, shell)
        settings.group = group
        settings.groups = groups.map { $0.split(separator: ",").map(String.init) }
        settings.expiry = expires.map { $0 == "never" ? "" : $0 }
        settings.password = try newPasswordFile.map { try SecretFile.readPrivate(context.absolute($0)) }
        if askNewPassword { settings.password = try typed(name, machine, context.streams) }
        return settings
    }

    private func typed(_ name: String, _ machine: String, _ streams: StandardStreams) throws -> String {
        let whose = "\(Printable.escape(name)) in the guest of \(Printable.escape(machine))"
        guard let first = streams.readHiddenLine("New password of \(whose): "), !first.isEmpty,
            let second = streams.readHiddenLine("Once more: ")
        else {
            throw MartletError(
                .invalidArgument, "no new password was typed; where there is no terminal use --new-password-file")
        }
        guard first == second else {
            throw MartletError(.invalidArgument, "the two passwords aren't the same; nothing was changed")
        }
        return first
    }
}
