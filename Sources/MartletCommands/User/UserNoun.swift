import ArgumentParser

struct UserNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Who you are to the host.",
        subcommands: [UserShow.self]
    )
}
