import Glibc
import MartletClient
import MartletModel

/// One program in one guest, from the sign-in to its end.
struct GuestRun: Sendable {
    let session: HostSession
    let sessions: GuestSessions
    var program: GuestProgramStart.Program
    var environment: [String: String] = [:]
    var workingDirectory: String?
    var timeout: Duration?

    /// Runs it in the guest of a machine.
    ///
    /// - Parameters:
    ///   - input: what it reads; nil for nothing.
    ///   - take: what it puts out; is waited for.
    /// - Returns: how it ended.
    /// - Throws: as `GuestSessions.with`; `timedOut`.
    func run(
        on machine: ChosenMachine, input: AsyncStream<[UInt8]>?,
        _ take: @escaping @Sendable (GuestExecutionOutput) async throws -> Void
    ) async throws -> GuestProgramEnd {
        try await TimeLimit.within(timeout, Self.overtime) { try await runUnlimited(machine, input, take) }
    }

    private static let overtime = MartletError(
        .timedOut, "the program didn't end in time, and was hung up; give it more with --timeout")

    private func runUnlimited(
        _ machine: ChosenMachine, _ input: AsyncStream<[UInt8]>?,
        _ take: @escaping @Sendable (GuestExecutionOutput) async throws -> Void
    ) async throws -> GuestProgramEnd {
        try await sessions.with(machine) { opened in
            let start = GuestProgramStart(
                session: opened.id, program: program, environment: environment, workingDirectory: workingDirectory)
            return try await session.client.executeInGuest(machine.key, start) { running in
                try await Self.follow(running, input: input, take)
            }
        }
    }

    /// Feeds a program and takes what it puts out, until it has ended.
    static func follow(
        _ running: GuestProgram, input: AsyncStream<[UInt8]>?,
        _ take: @escaping @Sendable (GuestExecutionOutput) async throws -> Void
    ) async throws -> GuestProgramEnd {
        try await withThrowingTaskGroup(of: GuestProgramEnd?.self) { group in
            group.addTask { try await running.follow(take) }
            group.addTask {
                // What can't be fed any more has ended, or its connection has: the other task knows.
                try? await feed(running, input)
                return nil
            }
            defer { group.cancelAll() }
            while let end = try await group.next() {
                if let end { return end }
            }
            throw CancellationError()
        }
    }

    private static func feed(_ running: GuestProgram, _ input: AsyncStream<[UInt8]>?) async throws {
        if let input {
            for await bytes in input { try await running.send(.input(bytes)) }
        }
        if !Task.isCancelled { try await running.send(.endOfInput) }
    }
}
