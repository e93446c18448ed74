import CMartletLinux
import Glibc
package import MartletModel

/// A process in a session of its own, which outlives the one that started it.
package struct DetachedProcess {
    /// Starts a program and returns who it is.
    ///
    /// Its standard input is `/dev/null`; output and errors are appended to `log` (made with mode 0600). `descriptors[i]` is its
    /// descriptor `3 + i`, and it has no others. Signals have their default dispositions and none is blocked. `executable` is an
    /// absolute path; `arguments` come after the program's own name. `environment` is all of its environment.
    ///
    /// It is a child until its parent ends: somebody must `waitForExit()` it, or it stays a zombie.
    /// - Throws: `notFound`, `forbidden` for an executable, folder or log that can't be used; `invalidArgument`, `tooMany`,
    ///   `insufficientMemory`, `ioFailed`. Nothing runs then.
    package static func spawn(
        executable: String,
        arguments: [String],
        environment: [String: String],
        workingDirectory: String,
        log: String,
        descriptors: [Int32]
    ) throws(MartletError) -> ProcessIdentity {
        try check(executable: executable, workingDirectory: workingDirectory)
        var actions = try SpawnActions(workingDirectory: workingDirectory, log: log, descriptors: descriptors)
        let processID = try actions.spawn(
            executable,
            arguments: [executable] + arguments,
            environment: environment.map { "\($0.key)=\($0.value)" }
        )
        return try identify(processID)
    }

    /// posix_spawn answers with one number for every step that can fail; looking first makes the usual ones readable.
    private static func check(executable: String, workingDirectory: String) throws(MartletError) {
        guard executable.hasPrefix("/") else {
            throw MartletError(.invalidArgument, "the executable '\(executable)' is not an absolute path")
        }
        if access(executable, X_OK) != 0 { throw .system(errno, "run '\(executable)'") }
        if access(workingDirectory, X_OK) != 0 { throw .system(errno, "enter the folder '\(workingDirectory)'") }
    }

    /// The child is unreaped, so its number can't be another's; one that can't be identified must not stay behind unknown.
    private static func identify(_ processID: Int32) throws(MartletError) -> ProcessIdentity {
        do {
            return try ProcessIdentity(processID: processID)
        } catch {
            kill(processID, SIGKILL)
            waitpid(processID, nil, 0)
            throw error
        }
    }
}
