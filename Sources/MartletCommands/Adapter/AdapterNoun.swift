import ArgumentParser

struct AdapterNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter",
        abstract: "Machines' network adapters, which are plugged into switches.",
        subcommands: [AdapterList.self, AdapterAdd.self, AdapterSet.self, AdapterRemove.self]
    )
}
