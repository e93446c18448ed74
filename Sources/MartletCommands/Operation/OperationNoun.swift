import ArgumentParser

struct OperationNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operation",
        abstract: "Work of several steps that a host does.",
        subcommands: [OperationList.self, OperationShow.self, OperationWait.self, OperationCancel.self]
    )
}
