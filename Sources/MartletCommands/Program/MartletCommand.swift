import ArgumentParser
import MartletModel

/// The root of the tree of commands.
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Virtual machines on this host and on others.",
        discussion: """
            A machine, a disk, a pool, an image, a switch or a token is given by its name or its id.

            Without --root, --url and --context the host is that of the context $MARTLET_CONTEXT, or the one whose folder is \
            $MARTLET_ROOT, or that of the context in use (`martlet context use`), or this machine's, whose folder is \
            /var/lib/martlet for root and ~/.local/share/martlet for others.

            Results go to stdout, everything else to stderr. Exit codes:

            \(ExitStatus.listing)
            """,
        version: martletVersion,
        subcommands: [
            VirtualMachineNoun.self, CheckpointNoun.self, DiskNoun.self, PoolNoun.self, ImageNoun.self, ISONoun.self,
            SwitchNoun.self, AdapterNoun.self, OperationNoun.self, HostNoun.self, EventNoun.self, TokenNoun.self,
            UserNoun.self,
            ContextNoun.self, AuditNoun.self, Completion.self,
        ]
    )

    static var _errorPrefix: String { "martlet: " }
}
