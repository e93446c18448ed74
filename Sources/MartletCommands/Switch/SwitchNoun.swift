import ArgumentParser

struct SwitchNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch",
        abstract: "Virtual switches, which machines' adapters are plugged into.",
        subcommands: [
            SwitchCreate.self, SwitchList.self, SwitchShow.self, SwitchSet.self, SwitchDelete.self,
            SwitchForwardNoun.self,
        ]
    )
}
