import ArgumentParser

struct PoolNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool",
        abstract: "Where disks lie: folders and mounts.",
        subcommands: [PoolCreate.self, PoolList.self, PoolShow.self, PoolSet.self, PoolDelete.self]
    )
}
