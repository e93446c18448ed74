import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import MartletAPI
import MartletHost
import MartletModel

/// The host service.
struct MartletDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martletd",
        abstract: "Martlet's host service: runs virtual machines, and serves the API and the command line.",
        discussion: "Ends on SIGTERM and SIGINT; machines run on, and are taken up again at the next start.",
        version: martletVersion
    )

    @Option(help: ArgumentHelp("Where the host keeps its state.", valueName: "dir"))
    var root: String?

    @Option(
        help: ArgumentHelp(
            "Where to answer HTTPS; 127.0.0.1:7443 by default, or another port when it is taken.",
            valueName: "host:port"),
        transform: ListenAddress.parse
    )
    var listen: DaemonConfiguration.ListenAddress?

    @Option(help: "kvm or tcg (software emulation); what the host has by default.")
    var accelerator: Accelerator?

    @Option(help: ArgumentHelp("Whose members are administrators at the local socket.", valueName: "group"))
    var adminGroup = "martlet"

    @Option(
        help: ArgumentHelp("How much to log: \(LogLevel.names); info by default.", valueName: "level"),
        transform: LogLevel.parse)
    var logLevel = Logger.Level.info

    func run() async throws {
        let configuration = DaemonConfiguration(
            root: Self.absolute(root ?? Self.defaultRoot),
            accelerator: accelerator,
            listen: listen,
            adminGroup: adminGroup,
            logLevel: logLevel
        )
        do {
            try await Daemon.run(configuration: configuration)
        } catch let error as MartletError {
            let text = Array("martletd: \(error)\n".utf8)
            _ = write(STDERR_FILENO, text, text.count)
            throw ExitCode.failure
        }
    }

    private static var defaultRoot: String {
        let environment = ProcessInfo.processInfo.environment
        return RootFolder.default(environment: environment, isRoot: geteuid() == 0, home: environment["HOME"] ?? "/")
    }

    private static func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        return URL(filePath: whole).standardized.path(percentEncoded: false).trimmingTrailingSlash
    }
}

extension String {
    fileprivate var trimmingTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}

/// `HOST:PORT`, with brackets around an IPv6 address.
private enum ListenAddress {
    static func parse(_ text: String) throws -> DaemonConfiguration.ListenAddress {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { throw ValidationError("'\(text)' is not HOST:PORT; give for example 0.0.0.0:7443 or [::]:7443") }
        let host = text[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
        return .init(host: String(host), port: port)
    }
}

/// A level's name.
private enum LogLevel {
    static let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")

    static func parse(_ text: String) throws -> Logger.Level {
        if let level = Logger.Level(rawValue: text) { return level }
        throw ValidationError("'\(text)' is no level; use \(names)")
    }
}

extension Accelerator: ExpressibleByArgument {}

do {
    var command = try MartletDaemon.parseAsRoot()
    // Anything else is `--help` or `--version`, which does its work at once.
    if let daemon = command as? MartletDaemon { try await daemon.run() } else { try command.run() }
} catch {
    MartletDaemon.exit(withError: error)
}
