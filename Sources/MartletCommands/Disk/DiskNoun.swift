import ArgumentParser

struct DiskNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disk",
        abstract: "Virtual disks.",
        subcommands: [
            DiskCreate.self, DiskList.self, DiskShow.self, DiskAttach.self, DiskDetach.self, DiskResize.self,
            DiskConvert.self, DiskExport.self, DiskDelete.self,
        ]
    )
}
