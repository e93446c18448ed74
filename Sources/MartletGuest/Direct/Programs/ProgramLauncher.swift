import CMartletGuest
import Glibc
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf

/// Starts programs as users of the guest.
struct ProgramLauncher: Sendable {
    /// Of a terminal whose asker doesn't say.
    private static let usualColumns: UInt32 = 80, usualRows: UInt32 = 24

    /// Our own program, open since our start: a newer one that was put in its place would be another program.
    let ownProgram: SharedDescriptor
    /// The group that may write to terminals.
    let terminalGroup: UInt32
    let patience: Duration

    /// - Throws: `notFound`, `forbidden` when our own program can't be opened.
    init(_ configuration: DirectConfiguration, _ database: AccountDatabase) throws(MartletError) {
        let number = open(configuration.program, O_RDONLY | O_CLOEXEC)
        if number < 0 { throw .system(errno, "open '\(configuration.program)'") }
        ownProgram = SharedDescriptor(number)
        // Debian's and most others' number, where there is no such group.
        terminalGroup = database.groupID(named: "tty") ?? 5
        patience = configuration.patience
    }

    /// - Throws: `notFound`, `forbidden` and the like, naming what could not be started or entered.
    func start(
        _ plan: ProgramPlan, terminal: GuestTerminal?, session: DirectSession
    ) async throws(MartletError) -> RunningProgram {
        let patience = patience
        return try await BlockingWork.run { () throws(MartletError) in
            let streams =
                if let terminal {
                    try ProgramStreams.terminal(
                        session.user, group: self.terminalGroup,
                        columns: terminal.size.columns == 0 ? Self.usualColumns : terminal.size.columns,
                        rows: terminal.size.rows == 0 ? Self.usualRows : terminal.size.rows)
                } else {
                    try ProgramStreams.pipes(session.user)
                }
            let processID = try self.launch(plan, session, streams)
            return try RunningProgram(processID, streams.ours, patience: patience)
        }
    }

    private func launch(
        _ plan: ProgramPlan, _ session: DirectSession, _ streams: ProgramStreams
    ) throws(MartletError) -> pid_t {
        var step = MARTLET_LAUNCH_PREPARE
        var failure: CInt = 0
        let child = CStrings.with(plan.candidates) { candidates in
            CStrings.with(plan.arguments) { arguments in
                CStrings.with(plan.environment.map { "\($0.key)=\($0.value)" }) { environment in
                    CStrings.with([plan.folder] + (plan.otherFolder.map { [$0] } ?? [])) { folders in
                        // The groups are read before the call returns.
                        session.groups.withUnsafeBufferPointer { groups in
                            var program = martlet_program(
                                candidates: candidates, file: plan.isBuiltIn ? ownProgram.number : -1,
                                arguments: arguments,
                                environment: environment, folder: folders[0], other_folder: folders[1],
                                user: session.user.userID, group: session.user.groupID, groups: groups.baseAddress,
                                group_count: groups.count, input: streams.input.number, output: streams.output.number,
                                errors: streams.errors.number, has_terminal: streams.ours.isTerminal ? 1 : 0)
                            return martlet_launch(&program, &step, &failure)
                        }
                    }
                }
            }
        }
        if child < 0 { throw Self.error(step, failure, plan, session.user) }
        return child
    }

    private static func error(
        _ step: martlet_launch_step, _ failure: CInt, _ plan: ProgramPlan, _ user: GuestUser
    ) -> MartletError {
        switch step {
        case MARTLET_LAUNCH_TERMINAL: .system(failure, "give the program its terminal")
        case MARTLET_LAUNCH_USER: .system(failure, "become the user \(user.name)")
        case MARTLET_LAUNCH_FOLDER: .system(failure, "enter the folder '\(plan.folder)'")
        case MARTLET_LAUNCH_PROGRAM: .system(failure, "run '\(plan.arguments.first ?? "")'")
        default: .system(failure, "start a program")
        }
    }
}

/// Swift's strings as a list of C's, ended by NULL.
private enum CStrings {
    static func with<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers)
    }
}
