import GRPCCore
import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf

/// Holds the file systems still while the host forks their disks. One freeze at a time.
actor FreezeService: GuestFreeze.SimpleServiceProtocol {
    /// What hooks may take when the host doesn't say.
    private static let hooksLimit: Duration = .seconds(60)

    private struct Held {
        var id: String
        /// In seconds.
        var limit: Int
        var process: HolderProcess
        /// Those that are to be called with `thaw` yet.
        var hooks: [GuestHook]
    }

    private let hooks: FreezeHooks
    private let program: String
    private let mark: FreezeMark
    private var held: Held?
    private var isBusy = false

    /// - Parameter program: our own program, which is started to hold.
    init(configuration: GuestConfiguration, program: String = "/proc/self/exe", logger: Logger) {
        hooks = FreezeHooks(folder: configuration.hookFolder, logger: logger)
        self.program = program
        mark = FreezeMark(path: configuration.frozenMark, logger: logger)
        // A program before this one may have died together with the process that held.
        mark.settle()
    }

    func freeze(request: GuestFreezeRequest, context: ServerContext) async throws -> GuestFreezeReply {
        try await alone { () async throws(RPCError) in
            try await freeze(request) { context.cancellation.isCancelled }
        }
    }

    func thaw(request: GuestThawRequest, context: ServerContext) async throws -> GuestThawReply {
        try await alone { () async throws(RPCError) in try await thaw(request) }
    }

    /// One call after the other is refused, not queued: who asks twice has lost the first answer.
    private func alone<Reply>(_ body: () async throws(RPCError) -> Reply) async throws(RPCError) -> Reply {
        guard !isBusy else {
            throw RPCError(code: .failedPrecondition, message: "a freeze or a thaw is under way; wait for its end")
        }
        isBusy = true
        defer { isBusy = false }
        return try await body()
    }

    /// - Parameter isGivenUp: whether the host has gone; then nothing is frozen.
    private func freeze(
        _ request: GuestFreezeRequest, isGivenUp: () -> Bool
    ) async throws(RPCError) -> GuestFreezeReply {
        if let held {
            guard await held.process.hasEnded else {
                throw RPCError(code: .failedPrecondition, message: "the freeze '\(held.id)' is held; thaw it first")
            }
            mark.settle()
            _ = await thawHooks()
            self.held = nil
        }
        let limit = min(max(1, Int(request.limitInMilliseconds)), FreezeHolder.longest)
        let seconds = (limit + 999) / 1_000
        let hooksLimit = request.hooksLimitInMilliseconds
        let called = await hooks.freeze(
            id: request.id, lasting: seconds,
            within: hooksLimit == 0 ? Self.hooksLimit : .milliseconds(Int64(hooksLimit)))
        do throws(MartletError) {
            guard !isGivenUp() else {
                throw MartletError(.cancelled, "the host has given up the freeze; nothing was frozen")
            }
            try mark.make()
            let (process, points, leftOut) = try await HolderProcess.start(program, milliseconds: limit)
            held = Held(id: request.id, limit: seconds, process: process, hooks: called)
            Task { await self.follow(process) }
            return .with {
                $0.mountPoints = points
                $0.leftOut = leftOut
                $0.hooks = called
            }
        } catch {
            mark.settle()
            _ = await hooks.thaw(called, id: request.id, lasting: seconds, within: Self.hooksLimit)
            throw RPCError(error)
        }
    }

    private func thaw(_ request: GuestThawRequest) async throws(RPCError) -> GuestThawReply {
        guard let held, held.id == request.id else {
            throw RPCError(code: .notFound, message: "no freeze '\(request.id)' is held")
        }
        let (wasFrozen, microseconds) = await held.process.thaw()
        mark.settle()
        let called = await thawHooks()
        self.held = nil
        return .with {
            $0.wasFrozen = wasFrozen
            $0.frozenInMicroseconds = microseconds
            $0.hooks = called
        }
    }

    /// When nobody has thawed in time the hooks let go here; and where the process that held was killed, the file systems too.
    private func follow(_ process: HolderProcess) async {
        await process.waitForEnd()
        guard held?.process === process else { return }
        mark.settle()
        _ = await thawHooks()
    }

    /// Calls each hook once, whoever comes first.
    private func thawHooks() async -> [GuestHook] {
        guard let held else { return [] }
        self.held?.hooks = []
        return await hooks.thaw(held.hooks, id: held.id, lasting: held.limit, within: Self.hooksLimit)
    }
}
