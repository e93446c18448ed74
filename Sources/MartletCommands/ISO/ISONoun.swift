import ArgumentParser

struct ISONoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iso",
        abstract: "Drives for ISO images, and what is in them.",
        subcommands: [ISOList.self, ISOInsert.self, ISOEject.self, ISOAdd.self, ISORemove.self]
    )
}
