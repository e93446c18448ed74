import ArgumentParser

struct ImageNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "What machines are made from or read: disks to copy, and ISOs.",
        subcommands: [ImageImport.self, ImageBuild.self, ImageList.self, ImageShow.self, ImageDelete.self]
    )
}
