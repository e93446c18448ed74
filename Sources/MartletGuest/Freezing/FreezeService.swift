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
        var process: HolderProcess
        var hooks: [GuestHook]
    }

    private let hooks: FreezeHooks
    private let program: String
    private var held: Held?
    private var isBusy = false

    /// - Parameter program: our own program, which is started to hold.
    init(configuration: GuestConfiguration, program: String = "/proc/self/exe", logger: Logger) {
        hooks = FreezeHooks(folder: configuration.hookFolder, logger: logger)
        self.program = program
    }

    func freeze(request: GuestFreezeRequest, context: ServerContext) async throws -> GuestFreezeReply {
        try await alone { () async throws(RPCError) in try await freeze(request) }
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

    private func freeze(_ request: GuestFreezeRequest) async throws(RPCError) -> GuestFreezeReply {
        if let held {
            guard await held.process.hasEnded else {
                throw RPCError(code: .failedPrecondition, message: "the freeze '\(held.id)' is held; thaw it first")
            }
            self.held = nil
        }
        let limit = min(max(1, Int(request.limitInMilliseconds)), FreezeHolder.longest)
        let hooksLimit = request.hooksLimitInMilliseconds
        let called = await hooks.freeze(
            id: request.id, within: hooksLimit == 0 ? Self.hooksLimit : .milliseconds(Int64(hooksLimit)))
        do {
            let (process, points, leftOut) = try await HolderProcess.start(program, milliseconds: limit)
            held = Held(id: request.id, process: process, hooks: called)
            return .with {
                $0.mountPoints = points
                $0.leftOut = leftOut
                $0.hooks = called
            }
        } catch {
            _ = await hooks.thaw(called, id: request.id, within: Self.hooksLimit)
            throw RPCError(error)
        }
    }

    private func thaw(_ request: GuestThawRequest) async throws(RPCError) -> GuestThawReply {
        guard let held, held.id == request.id else {
            throw RPCError(code: .notFound, message: "no freeze '\(request.id)' is held")
        }
        let (wasFrozen, microseconds) = await held.process.thaw()
        self.held = nil
        let called = await hooks.thaw(held.hooks, id: held.id, within: Self.hooksLimit)
        return .with {
            $0.wasFrozen = wasFrozen
            $0.frozenInMicroseconds = microseconds
            $0.hooks = called
        }
    }
}
