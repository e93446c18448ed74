import ArgumentParser
import MartletClient
import MartletModel

struct ContextSet: Verb {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change who signs in to the guests of a context's host.",
        discussion: """
            `martlet vm exec`, `enter`, `copy`, `user` and `group` sign in as that user where no --user is given, and with the \
            password where neither --identity nor --password-file is.

              martlet context set lab --guest-user root --guest-password-file pw
              martlet context set lab --no-guest
            """
    )
    static let uses: [OperationID] = []

    @Argument(help: "The context; the one in use by default.")
    var name: String?

    @OptionGroup var guest: ContextGuestOptions

    @Flag(help: "Forget the user and the password.")
    var noGuest = false

    func validate() throws {
        if noGuest == (guest.guestUser != nil) { throw ValidationError("give --guest-user or --no-guest") }
    }

    func run(in context: CommandContext) async throws {
        let store = ContextStore(context)
        var kept = try store.chosen(name)
        (kept.guestUser, kept.guestPassword) = (nil, nil)
        try guest.apply(to: &kept, in: context)
        try store.write(kept)
        let now = kept.guestUser.map { "signs in to guests as \(Printable.escape($0))" } ?? "names no user of guests"
        try context.streams.print("the context '\(kept.name)' \(now) now\n")
    }
}

/// Who signs in to the guests of a context's host.
struct ContextGuestOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Who signs in to the guests of that host; root by default.", valueName: "user"))
    var guestUser: String?

    @Option(
        help: ArgumentHelp(
            "The file with that user's password, for your eyes alone; it is kept in the context's.", valueName: "file"),
        completion: .file())
    var guestPasswordFile: String?

    func validate() throws {
        if guestUser == "" { throw ValidationError("--guest-user needs a name") }
        if guestUser == nil, guestPasswordFile != nil {
            throw ValidationError("--guest-password-file goes with --guest-user")
        }
    }

    /// - Throws: as `SecretFile.readPrivate`.
    func apply(to context: inout HostContext, in command: CommandContext) throws(MartletError) {
        guard let guestUser else { return }
        context.guestUser = guestUser
        if let file = guestPasswordFile {
            context.guestPassword = try SecretFile.readPrivate(command.absolute(file))
        }
    }
}
