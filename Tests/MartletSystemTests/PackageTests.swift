import FoundationEssentials
import MartletModel
import MartletTestSupport
import Testing

/// What `make deb` makes, of the programs that were built with the tests.
@Suite("The Debian package", .serialized, .timeLimit(.minutes(30)))
struct PackageTests {
    @Test(
        "the package holds the programs, a manual page a command, the units, completion and the default configuration")
    func contents() async throws {
        try await withPackage(version: "9.0.1") { path in
            let files = try await dpkgDeb("--contents", path).split(separator: "\n").map { line in
                String(line.split(separator: " ").last ?? "")
            }
            for file in Self.expected { #expect(files.contains("./\(file)"), "\(file)") }
            for command in try await commands() {
                #expect(files.contains("./usr/share/man/man1/\(command).1.gz"), "\(command)")
            }
            let control = try await dpkgDeb("--field", path)
            #expect(control.contains("\nVersion: 9.0.1\n"))
            for package in ["qemu-system-x86 (>= 1:7.2)", "ovmf", "nftables", "libsqlite3-0", "libc6"] {
                #expect(control.contains(package), "\(package)")
            }
        }
    }

    @Test("the default file of the package is the one that the daemon's table of settings makes, and is a conffile")
    func defaultFile() async throws {
        try await withPackage(version: "9.0.1") { path in
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            try await run("dpkg-deb", "--raw-extract", path, "/\(folder)/x")
            let shipped = try String(
                contentsOf: .init(filePath: "/\(folder)/x/etc/martlet/martletd.conf"), encoding: .utf8)
            #expect(shipped == DaemonSettingsFile.defaultText)
            let conffiles = try String(contentsOf: .init(filePath: "/\(folder)/x/DEBIAN/conffiles"), encoding: .utf8)
            #expect(conffiles == "/etc/martlet/martletd.conf\n/etc/pam.d/martlet\n")
        }
    }

    @Test("every setting is an option of the daemon, and an unknown one or a wrong value keeps it from starting")
    func options() async throws {
        let help = try await Programs.run("martletd", ["--help"]).output
        for setting in DaemonSetting.all { #expect(help.contains("--\(setting.key.rawValue) <\(setting.valueName)>")) }
        let scratch = try ScratchFolder()
        let file = "\(scratch.path)/martletd.conf"
        try "log-level = loud\nrot = /x\n".write(toFile: file, atomically: true, encoding: .utf8)
        for arguments in [["--config", file, "--check-config"], ["--config", file, "--root", scratch.path]] {
            let outcome = try await Programs.run("martletd", arguments)
            #expect(outcome.code == 78)
            #expect(outcome.errors.contains("\(file):1: log-level: 'loud' is no level"), "\(outcome)")
            #expect(outcome.errors.contains("\(file):2: there is no setting 'rot'"), "\(outcome)")
        }
        try DaemonSettingsFile.defaultText.write(toFile: file, atomically: true, encoding: .utf8)
        let outcome = try await Programs.run("martletd", ["--config", file, "--check-config"])
        #expect(outcome.code == 0 && outcome.output == "\(file) is right\n", "\(outcome)")
    }

    private static let expected = [
        "usr/bin/martlet", "usr/sbin/martletd", "etc/martlet/martletd.conf", "etc/pam.d/martlet",
        "lib/systemd/system/martletd.service", "lib/systemd/system/martlet-machines.service",
        "lib/systemd/system/martlet-guests.service", "usr/share/man/man8/martletd.8.gz",
        "usr/share/man/man5/martletd.conf.5.gz", "usr/share/man/man1/martlet.1.gz",
        "usr/share/bash-completion/completions/martlet", "usr/share/zsh/vendor-completions/_martlet",
        "usr/share/fish/vendor_completions.d/martlet.fish", "usr/share/doc/martlet/copyright",
        "usr/share/doc/martlet/changelog.gz", "usr/share/martlet/martletd.conf",
    ]

    /// Such as `martlet-vm-start`, from the program itself.
    private func commands() async throws -> [String] {
        let text = try await Programs.run("martlet", ["--experimental-dump-help"]).output
        let tree = try JSONDecoder().decode(Tree.self, from: Data(text.utf8))
        return tree.command.names(below: "")
    }

    private struct Tree: Decodable { var command: Command }

    private struct Command: Decodable {
        var commandName: String
        var subcommands: [Command]?

        func names(below path: String) -> [String] {
            let name = path.isEmpty ? commandName : "\(path)-\(commandName)"
            return [name] + (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { $0.names(below: name) }
        }
    }
}

/// Makes a package of the programs that were built with the tests; removed afterwards.
func withPackage(version: String, _ body: (String) async throws -> Void) async throws {
    let scratch = try ScratchFolder()
    let arguments = ["--binaries", Programs.folder, "--version", version, "--output", scratch.path, "--fast"]
    let outcome = try await Programs.script("make-deb", arguments)
    guard outcome.code == 0 else { throw MartletError(.commandFailed, "make-deb: \(outcome)") }
    try await body("\(scratch.path)/martlet_\(version)_amd64.deb")
}

private func dpkgDeb(_ arguments: String...) async throws -> String { try await run("dpkg-deb", arguments) }

@discardableResult
private func run(_ program: String, _ arguments: String...) async throws -> String { try await run(program, arguments) }

@discardableResult
private func run(_ program: String, _ arguments: [String]) async throws -> String {
    let outcome = try await Programs.system(program, arguments)
    guard outcome.code == 0 else { throw MartletError(.commandFailed, "\(program): \(outcome)") }
    return outcome.output
}
