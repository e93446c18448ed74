import ArgumentParser

struct ContextNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context",
        abstract: "Other hosts that you work with, and how you are let in there.",
        subcommands: [
            ContextAdd.self, ContextList.self, ContextShow.self, ContextSet.self, ContextUse.self, ContextSignIn.self,
            ContextSignOut.self, ContextRemove.self,
        ]
    )
}
