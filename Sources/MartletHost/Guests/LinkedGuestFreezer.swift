import GRPCCore
import MartletGuestProtocol
import MartletModel
import SwiftProtobuf

/// Freezes a guest by its integration services.
struct LinkedGuestFreezer: GuestFreezer {
    /// For the hooks before, all of them together.
    private static let hooksLimit: Duration = .seconds(30)

    let link: GuestLink
    /// Names this freeze.
    let id: String

    func freeze(limit: Duration) async throws(MartletError) -> FrozenGuest {
        let id = id
        let reply = try await link.call(.freeze) { client in
            try await GuestFreeze.Client(wrapping: client).freeze(
                .with {
                    $0.id = id
                    $0.limitInMilliseconds = UInt32(clamping: limit.components.seconds * 1_000)
                    $0.hooksLimitInMilliseconds = UInt32(clamping: Self.hooksLimit.components.seconds * 1_000)
                }, options: GuestCall.options(limit + Self.hooksLimit + GuestCall.shortly))
        }
        guard !reply.mountPoints.isEmpty else {
            throw MartletError(.unsupported, "it has no file system that can be frozen")
        }
        return Self.frozen(reply)
    }

    func thaw() async throws(MartletError) -> Bool {
        let id = id
        return try await link.call(.freeze) { client in
            try await GuestFreeze.Client(wrapping: client).thaw(
                .with { $0.id = id }, options: GuestCall.options(Self.hooksLimit + GuestCall.shortly))
        }.wasFrozen
    }

    /// What the guest says is hostile input: it is cut, and believed only as far as it concerns the guest itself.
    static func frozen(_ reply: GuestFreezeReply) -> FrozenGuest {
        let failed = reply.hooks.filter { $0.exitCode != 0 }
        var warnings = failed.prefix(8).map { hook in
            "the guest's hook '\(GuestWord.cut(hook.name, 100))' failed with \(hook.exitCode): \(GuestWord.cut(hook.said, 300))"
        }
        if !reply.leftOut.isEmpty {
            let places = reply.leftOut.prefix(8).map { GuestWord.cut($0, 100) }.joined(separator: ", ")
            warnings.append("the guest could not freeze \(places)")
        }
        let isOrderly = !reply.hooks.isEmpty && failed.isEmpty
        return FrozenGuest(consistency: isOrderly ? .application : .fileSystem, warnings: warnings)
    }
}

extension VirtualMachineDriver {
    /// Who freezes the guest that runs; nil for a guest that has nobody who could.
    func findFreezer() async -> (any GuestFreezer)? {
        if let other = await tools.freezers(id) { return other }
        guard let link = try? requireGuest(), (try? await link.require(.freeze)) != nil else { return nil }
        let freeze: ID<Checkpoint> = tools.environment.makeID()
        return LinkedGuestFreezer(link: link, id: "\(freeze)")
    }
}
