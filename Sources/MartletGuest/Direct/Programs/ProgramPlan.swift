import MartletGuestProtocol
import MartletModel
import SwiftProtobuf

/// What is to be started, decided from what was asked and whose session it is. Pure.
struct ProgramPlan: Hashable, Sendable {
    static let mostArguments = 10_000
    static let mostVariables = 1_000
    /// What can be run of our own program.
    static let builtIns: Set<String> = ["copy", "accounts"]

    /// Tried one after the other.
    var candidates: [String] = []
    /// Whether it is our own program that is run.
    var isBuiltIn = false
    var arguments: [String]
    var environment: [String: String]
    var folder: String
    /// Entered when `folder` can't be.
    var otherFolder: String?

    /// - Throws: `invalidArgument` for what can't be a program's argument, environment or folder.
    init(_ start: GuestExecuteStart, user: GuestUser) throws(MartletError) {
        environment = try Self.environment(start, user)
        switch start.program {
        case .arguments(let asked):
            arguments = asked.values
            candidates = Self.candidates(arguments.first ?? "", path: environment["PATH"] ?? "")
        case .commandLine(let line):
            arguments = [user.shell, "-c", line]
            candidates = [user.shell]
        case .loginShell:
            // A shell that is called so reads the profile.
            arguments = ["-" + (user.shell.split(separator: "/").last.map(String.init) ?? "sh")]
            candidates = [user.shell]
        case .builtIn(let asked):
            guard let part = asked.values.first, Self.builtIns.contains(part) else {
                throw MartletError(
                    .invalidArgument,
                    "the guest's program has no part '\(asked.values.first ?? "")'; it has copy and accounts")
            }
            arguments = ["martlet-guest"] + asked.values
            isBuiltIn = true
        case nil:
            throw MartletError(.invalidArgument, "no program was named")
        }
        folder = start.workingDirectory.isEmpty ? user.home : start.workingDirectory
        // A user without a home can work all the same; a folder that was asked for must be there.
        otherFolder = start.workingDirectory.isEmpty ? "/" : nil
        guard folder.hasPrefix("/") else {
            throw MartletError(
                .invalidArgument, "the working directory '\(folder)' isn't an absolute path; give the whole path")
        }
        try check()
    }

    private func check() throws(MartletError) {
        guard let first = arguments.first, !first.isEmpty else {
            throw MartletError(.invalidArgument, "the program's name is empty; give one")
        }
        guard arguments.count <= Self.mostArguments else {
            throw MartletError(
                .invalidArgument, "\(arguments.count) arguments are too many; at most \(Self.mostArguments)")
        }
        guard !(arguments + [folder]).contains(where: { $0.utf8.contains(0) }) else {
            throw MartletError(
                .invalidArgument, "an argument or the working directory has a NUL in it, which no program can be given")
        }
    }

    /// As execvp(3) looks for a program: a name with a `/` is a path, any other is looked for on the path.
    static func candidates(_ program: String, path: String) -> [String] {
        guard !program.contains("/"), !program.isEmpty else { return [program] }
        return path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(program)" }
    }

    /// What login(1) sets, and over it what was asked for.
    private static func environment(
        _ start: GuestExecuteStart, _ user: GuestUser
    ) throws(MartletError) -> [String: String] {
        var environment = [
            "HOME": user.home, "USER": user.name, "LOGNAME": user.name, "SHELL": user.shell,
            "PATH": user.userID == 0
                ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                : "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games",
        ]
        if start.hasTerminal { environment["TERM"] = start.terminal.type.isEmpty ? "dumb" : start.terminal.type }
        guard start.environment.count <= mostVariables else {
            throw MartletError(
                .invalidArgument, "\(start.environment.count) variables are too many; at most \(mostVariables)")
        }
        for (name, value) in start.environment {
            guard !name.isEmpty, !name.contains("="), !name.utf8.contains(0), !value.utf8.contains(0) else {
                throw MartletError(
                    .invalidArgument,
                    "'\(name)' can't be a variable: its name is empty or has a '=', or there is a NUL in it")
            }
            environment[name] = value
        }
        guard !(environment["TERM"] ?? "").utf8.contains(0) else {
            throw MartletError(.invalidArgument, "the terminal's type has a NUL in it")
        }
        return environment
    }
}
