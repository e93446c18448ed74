import ArgumentParser

struct CheckpointNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Machines as they were at points in time, to go back to.",
        subcommands: [
            CheckpointCreate.self, CheckpointList.self, CheckpointShow.self, CheckpointApply.self,
            CheckpointRename.self,
            CheckpointDelete.self, CheckpointMerge.self, CheckpointExport.self,
        ]
    )
}
