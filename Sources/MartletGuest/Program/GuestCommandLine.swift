import Glibc
import Logging
import MartletModel

/// What `martlet-guest` is asked to do.
package enum GuestCommandLine {
    private static let help = """
        Martlet's integration services for a guest.

        USAGE: martlet-guest [--version] [--help]

        Without arguments it serves the host that runs this machine, by vsock port
        \(GuestContract.vsockPort) where it has vsock and by the virtio-serial port
        org.martlet.guest.0, until it is told to end. It is started by the system:
        `systemctl status martlet-guest` shows how it is.

        """

    /// - Returns: the exit code; 2 for what isn't understood.
    package static func run(_ arguments: [String]) async -> CInt {
        switch (arguments.first, arguments.count) {
        case (nil, _): return await serve()
        case ("--version", 1): return say("martlet-guest \(martletVersion)\n")
        case ("--help", 1), ("-h", 1): return say(help)
        case ("hold", 2):
            guard let milliseconds = Int(arguments[1]), milliseconds > 0 else { return refuse(arguments[1]) }
            return FreezeHolder.run(milliseconds: milliseconds)
        case ("copy", 3) where arguments[1] == "send": return await CopyProgram.send(arguments[2])
        case ("copy", 3) where arguments[1] == "receive": return await CopyProgram.receive(arguments[2])
        case ("accounts", 1): return await AccountsProgram.run()
        default: return refuse(arguments.joined(separator: " "))
        }
    }

    private static func serve() async -> CInt {
        signal(SIGPIPE, SIG_IGN)
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let logger = Logger(label: "martlet-guest")
        do {
            try await GuestProgram(configuration: GuestConfiguration(), logger: logger).run()
            return 0
        } catch {
            logger.error("can't serve", metadata: ["error": "\(error)"])
            return 1
        }
    }

    private static func say(_ text: String) -> CInt {
        print(text, terminator: "")
        return 0
    }

    private static func refuse(_ argument: String) -> CInt {
        let bytes = Array("martlet-guest: '\(argument)' is not understood; see martlet-guest --help\n".utf8)
        // Where nobody reads it, the exit code says it too.
        _ = write(STDERR_FILENO, bytes, bytes.count)
        return 2
    }
}
