import GRPCCore
import MartletGuestProtocol
import MartletModel
import SwiftProtobuf

/// Freezes a guest by its integration services.
struct LinkedGuestFreezer: GuestFreezer {
    let link: GuestLink
    /// Names this freeze.
    let id: String
    /// For the hooks before, all of them together, and again for those after.
    var hooksLimit: Duration = .seconds(30)
    /// What a guest may take longer than it was told that it may.
    var patience: Duration = GuestCall.shortly

    func freeze(limit: Duration) async throws(MartletError) -> FrozenGuest {
        let (id, hooksLimit, patience) = (id, hooksLimit, patience)
        let reply = try await link.call(.freeze) { client in
            try await GuestFreeze.Client(wrapping: client).freeze(
                .with {
                    $0.id = id
                    $0.limitInMilliseconds = UInt32(clamping: Int(limit / .milliseconds(1)))
                    $0.hooksLimitInMilliseconds = UInt32(clamping: Int(hooksLimit / .milliseconds(1)))
                }, options: GuestCall.options(limit + hooksLimit + patience))
        }
        guard !reply.mountPoints.isEmpty else {
            throw MartletError(.unsupported, "it has no file system that can be frozen")
        }
        return Self.frozen(reply)
    }

    func thaw() async throws(MartletError) -> ThawedGuest {
        let (id, limit) = (id, hooksLimit + patience)
        let reply = try await link.call(.freeze) { client in
            try await GuestFreeze.Client(wrapping: client).thaw(
                .with { $0.id = id }, options: GuestCall.options(limit))
        }
        return ThawedGuest(
            wasFrozen: reply.wasFrozen,
            // Longer than a day nobody has waited for it.
            frozenInMilliseconds: Int(min(reply.frozenInMicroseconds, 86_400_000_000) / 1_000),
            warnings: Self.warnings(of: reply.hooks.filter { $0.exitCode != 0 }))
    }

    private static func warnings(of failed: [GuestHook]) -> [String] {
        failed.prefix(8).map { hook in
            "the guest's hook '\(GuestWord.cut(hook.name, 100))' failed with \(hook.exitCode): \(GuestWord.cut(hook.said, 300))"
        }
    }

    /// What the guest says is hostile input: it is cut, and believed only as far as it concerns the guest itself.
    static func frozen(_ reply: GuestFreezeReply) -> FrozenGuest {
        let failed = reply.hooks.filter { $0.exitCode != 0 }
        var warnings = warnings(of: failed)
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
        await tools.freezers(id, findOwnFreezer())
    }

    private func findOwnFreezer() async -> LinkedGuestFreezer? {
        guard let link = try? requireGuest(), (try? await link.require(.freeze)) != nil else { return nil }
        let freeze: ID<Checkpoint> = tools.environment.makeID()
        return LinkedGuestFreezer(link: link, id: "\(freeze)")
    }
}
