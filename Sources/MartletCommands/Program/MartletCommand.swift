import ArgumentParser
import MartletModel

/// The root of the tree of commands.
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Virtual machines on this host and on others.",
        discussion: """
            A machine, a disk, an image, a switch or a token is given by its name or its id.

            Without --root and --url the host is the one whose folder is $MARTLET_ROOT, or by default \
            /var/lib/martlet for root and ~/.local/share/martlet for others.

            Results go to stdout, everything else to stderr. Exit codes:

            \(ExitStatus.listing)
            """,
        version: martletVersion,
        subcommands: [
            VirtualMachineNoun.self, DiskNoun.self, ImageNoun.self, ISONoun.self, SwitchNoun.self, OperationNoun.self,
            HostNoun.self,
            EventNoun.self,
            TokenNoun.self, Completion.self,
        ]
    )

    static var _errorPrefix: String { "martlet: " }
}
