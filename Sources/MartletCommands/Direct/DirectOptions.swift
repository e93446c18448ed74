import ArgumentParser

/// As whom to sign in to a guest, and by what; on every verb that does.
struct DirectOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The user in the guest; the context's by default, or root.", valueName: "user"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "The key to sign in by; a public key's file for one of the agent's. By default those of the agent and of ~/.ssh.",
            valueName: "file"),
        completion: .file()
    )
    var identity: String?

    @Option(
        help: ArgumentHelp(
            "The file with the password in the guest, for your eyes alone; asked for on the terminal by default.",
            valueName: "file"),
        completion: .file()
    )
    var passwordFile: String?

    func validate() throws {
        if user == "" { throw ValidationError("--user needs a name") }
        if identity != nil, passwordFile != nil {
            throw ValidationError("give --identity or --password-file, not both")
        }
    }

    /// What the help of every such verb says.
    static let discussion = """
        Who you are to the guest is the guest's affair: it checks the password, or a key of the user's ~/.ssh/authorized_keys. \
        Keys are tried first (--identity, or those of the agent and of ~/.ssh), then the password is taken from --password-file \
        or asked for once. A context can keep both (`martlet context set`). The guest needs the integration services (martlet-guest) and no network.
        """
}
