import ArgumentParser

struct SwitchForwardNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Ports of the host that lead to machines on a nat switch.",
        subcommands: [SwitchForwardAdd.self, SwitchForwardList.self, SwitchForwardRemove.self]
    )
}
