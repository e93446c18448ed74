import ArgumentParser
import FoundationEssentials
import Glibc
import MartletAPI
import MartletConsole
import MartletHost
import MartletLinux
import MartletModel
import MartletPAM

/// The host service.
struct MartletDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martletd",
        abstract: "Martlet's host service: runs virtual machines, and serves the API and the command line.",
        discussion: """
            Ends on SIGTERM and SIGINT; machines run on, and are taken up again at the next start.

            Without --config no file is read; the service of the package reads \(DaemonSettingsFile.standardPath). An \
            option wins over the file.
            """,
        version: martletVersion
    )

    @Option(help: ArgumentHelp("The configuration file to read.", valueName: "file"), completion: .file())
    var config: String?

    @Flag(help: "Say whether the configuration file is right, and end; \(DaemonSettingsFile.standardPath) by default.")
    var checkConfig = false

    @Flag(help: "Print the default configuration file, which explains every setting, and end.")
    var printDefaultConfig = false

    @Option(help: .of(.root), completion: .directory)
    var root: String?

    @Option(help: .of(.listen))
    var listen: String?

    @Option(help: .of(.accelerator), completion: .list(Accelerator.allCases.map(\.rawValue)))
    var accelerator: String?

    @Option(help: .of(.adminGroup))
    var adminGroup: String?

    @Option(help: .of(.operatorGroup)) var operatorGroup: String?
    @Option(help: .of(.viewerGroup)) var viewerGroup: String?
    @Option(help: .of(.sessionMinutes)) var sessionMinutes: String?
    @Option(help: .of(.sessionIdleMinutes)) var sessionIdleMinutes: String?
    @Option(help: .of(.requestsPerSecond)) var requestsPerSecond: String?
    /// In the place of `/etc/pam.d`, for tests.
    @Option(help: .hidden) var pamFolder: String?

    @Option(help: .of(.logLevel), completion: .list(LogLevel.allCases.map(\.rawValue)))
    var logLevel: String?

    /// What the command line says of the settings.
    private var given: [DaemonSetting.Key: String] {
        let all: [DaemonSetting.Key: String?] = [
            .root: root.map(Self.absolute), .listen: listen, .accelerator: accelerator, .adminGroup: adminGroup,
            .operatorGroup: operatorGroup, .viewerGroup: viewerGroup, .sessionMinutes: sessionMinutes,
            .sessionIdleMinutes: sessionIdleMinutes, .requestsPerSecond: requestsPerSecond, .logLevel: logLevel,
        ]
        return all.compactMapValues { $0 }
    }

    func validate() throws {
        for (key, text) in given {
            do {
                _ = try DaemonSettings([key: text])
            } catch {
                throw ValidationError("--\(key.rawValue): \(error.message)")
            }
        }
    }

    func run() async throws {
        do {
            if printDefaultConfig { return print(DaemonSettingsFile.defaultText, terminator: "") }
            if checkConfig { return try check() }
            var configuration = DaemonConfiguration(try settings(), defaultRoot: Self.defaultRoot)
            configuration.pamFolder = pamFolder
            let host = configuration
            try await Console.serving(root: host.root) { try await Daemon.run(configuration: host, pages: $0) }
        } catch let error as MartletError {
            Self.tell(error)
            throw ExitCode.failure
        }
    }

    private func check() throws {
        let path = config ?? DaemonSettingsFile.standardPath
        _ = try Self.read(path)
        print("\(path) is right")
    }

    private func settings() throws -> DaemonSettings {
        try DaemonSettings(given).filled(from: try config.map(Self.read) ?? DaemonSettings())
    }

    /// A file that is wrong ends the daemon with a status of its own: to start it again before the file is changed is no use.
    private static func read(_ path: String) throws -> DaemonSettings {
        do throws(MartletError) {
            return try DaemonSettingsFile.parse(
                try BoundedFile.read(path, limit: DaemonSettingsFile.longest), path: path)
        } catch {
            tell(error)
            throw ExitCode(78)
        }
    }

    private static func tell(_ error: MartletError) {
        let text = Array("martletd: \(error)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
    }

    private static var defaultRoot: String {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"] ?? "/"
        return absolute(RootFolder.default(environment: environment, isRoot: geteuid() == 0, home: home))
    }

    private static func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        let standard = URL(filePath: whole).standardized.path(percentEncoded: false)
        return standard.count > 1 && standard.hasSuffix("/") ? String(standard.dropLast()) : standard
    }
}

extension ArgumentHelp {
    /// From the one table of settings.
    fileprivate static func of(_ key: DaemonSetting.Key) -> ArgumentHelp {
        let setting = DaemonSetting.of(key)
        return ArgumentHelp("\(setting.summary)", valueName: setting.valueName)
    }
}

// A process of its own asks PAM, and is this program too.
if let status = PasswordHelper.run(Array(CommandLine.arguments.dropFirst())) { exit(status) }

// So does one that passes a guest's memory into a file, which has to outlive us.
if let status = StreamPasser.run(Array(CommandLine.arguments.dropFirst())) { exit(status) }

do {
    var command = try MartletDaemon.parseAsRoot()
    // Anything else is `--help` or `--version`, which does its work at once.
    if let daemon = command as? MartletDaemon { try await daemon.run() } else { try command.run() }
} catch {
    MartletDaemon.exit(withError: error)
}
