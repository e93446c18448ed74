import ArgumentParser

struct EventNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event",
        abstract: "What changes on a host.",
        subcommands: [EventFollow.self]
    )
}
