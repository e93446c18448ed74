import ArgumentParser
import MartletClient
import MartletModel

struct CheckpointExport: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a whole machine as it was at a checkpoint into a folder of the host.",
        discussion: """
            The folder, which must not be there yet, gets each disk as one file, the machine's configuration, what its firmware \
            and its TPM keep, and the memory of a standard checkpoint.

              martlet checkpoint export web "before the update" /srv/export/web
              martlet disk create data --from /srv/export/web/web-1.qcow2
            """
    )
    static let uses: [OperationID] = [.exportCheckpoint, .getOperation]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The checkpoint.")
    var checkpoint: String

    @Argument(help: "The folder, by its absolute path on the host.")
    var folder: String

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let command = self
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.exportCheckpoint(
                command.machine, command.checkpoint, ExportCheckpointRequest(folder: command.folder))
        } result: { _, operation in
            operation
        } told: {
            $0.sentence
        }
    }
}
