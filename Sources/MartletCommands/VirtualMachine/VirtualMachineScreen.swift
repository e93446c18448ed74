import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineScreen: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "screen",
        abstract: "Let a VNC viewer here look at a machine's screen.",
        discussion: """
            Says where the viewer is to connect to and carries what it sees, from another host too, until Ctrl-C. At an             address of this machine every user of this machine gets in; at a unix socket only you:

              martlet vm screen web --listen 127.0.0.1:5901 &
              vncviewer 127.0.0.1:5901
              martlet vm screen web --listen /run/user/1000/web.sock

            A direct machine has no screen; its console is `martlet vm console`.
            """
    )
    static let uses: [OperationID] = [.attachScreen]

    @Argument(help: "The machine.")
    var name: String

    @Option(
        help: ArgumentHelp(
            "Where viewers connect to; a free port of 127.0.0.1 by default.", valueName: "host:port|path"))
    var listen = ForwardPlace(.address(ListenAddress(host: "127.0.0.1", port: 0)))

    @OptionGroup var host: HostOptions

    func run(on session: HostSession) async throws {
        let (client, name) = (session.client, name)
        // A machine that shows nothing is refused here, not each viewer.
        try await client.attachScreen(name) { _ in }
        try await session.forward(at: listen) { place in
            let shown = Printable.escape(name)
            switch place {
            case .address(let address):
                return "'\(shown)' is shown at \(address), such as to `vncviewer \(address.host)::\(address.port)`\n"
            case .file(let path): return "'\(shown)' is shown at \(Printable.escape(path))\n"
            }
        } open: { work in
            try await client.attachScreen(name, work)
        }
    }
}
