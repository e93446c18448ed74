import Glibc
import MartletLinux
import MartletModel

/// `martlet-guest copy send|receive PATH`: one side of a copy over its input and output. It runs as the session's user.
enum CopyProgram {
    /// - Returns: the exit code: 1 when not everything was copied, which the other side is told too.
    static func send(_ path: String) async -> CInt {
        await end { () throws(MartletError) in
            try CopySender(path: path, input: STDIN_FILENO, output: STDOUT_FILENO).run()
        }
    }

    /// - Returns: as `send`.
    static func receive(_ target: String) async -> CInt {
        await end { () throws(MartletError) in
            var options = CopyReceiver.Options()
            // Who copies into a guest is one of its users, and could set them there.
            options.keepsSetID = true
            return try CopyReceiver(target: target, options: options, input: STDIN_FILENO, output: STDOUT_FILENO).run()
        }
    }

    private static func end(_ body: @escaping @Sendable () throws(MartletError) -> CopySummary) async -> CInt {
        // The other side's end is an error to tell, not ours.
        signal(SIGPIPE, SIG_IGN)
        do throws(MartletError) {
            return try await BlockingWork.run(body).problems.isEmpty ? 0 : 1
        } catch {
            let line = Array("martlet-guest: \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            return 1
        }
    }
}
