import ArgumentParser

struct AuditNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "The record of who did what.",
        subcommands: [AuditList.self]
    )
}
