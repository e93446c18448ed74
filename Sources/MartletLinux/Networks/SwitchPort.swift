package import MartletModel

/// Ports of one switch: a tap for each guest's adapter, with its guards, its VLAN and its bandwidth limit.
///
/// A reconciler, as `BridgeSwitch` is: what is right already is left alone.
package struct SwitchPort: Sendable {
    let plan: SwitchPlan
    let runner: CommandRunner
    private var guards: SwitchGuards { SwitchGuards(plan: plan) }

    package init(plan: SwitchPlan, runner: CommandRunner = CommandRunner()) {
        self.plan = plan
        self.runner = runner
    }

    /// Makes the adapter's tap and plugs it in. The switch is up.
    ///
    /// - Parameter isGuarded: whether `BridgeSwitch.ensureUp` has put the guards in place just now.
    /// - Throws: `unsupported` for a VLAN that the kernel can't keep apart, before anything is changed; as `Tap.create`;
    ///   `commandFailed` of `nft`, `bridge` and `tc`. What was made until then is left to `remove`.
    package func create(
        _ adapter: AdapterPlan, ownerUID: UInt32, isGuarded: Bool = false
    ) async throws(MartletError) {
        let vlan = VLANPort(plan: plan, runner: runner)
        if adapter.vlan != nil { try await vlan.requireSupport() }
        // At the same time: no guest has the tap before this is over, so nothing comes in that the guards would have to stop.
        async let unguarded = isGuarded ? nil : failure(guarding: adapter)
        async let unplugged = failure(making: adapter, ownerUID: ownerUID)
        if let failure = await unguarded { throw failure }
        if let failure = await unplugged { throw failure }
        try await set(adapter, before: nil)
    }

    /// Makes a plugged adapter what it is to be now: guards, VLAN, bandwidth limit.
    ///
    /// - Parameter before: what it was; nil for a tap that was made just now.
    /// - Throws: as `create`.
    package func change(_ adapter: AdapterPlan, before: AdapterPlan?) async throws(MartletError) {
        if adapter.vlan != nil { try await VLANPort(plan: plan, runner: runner).requireSupport() }
        try await applyGuards(adapter)
        try await set(adapter, before: before ?? Self.unknown(adapter))
    }

    /// Takes the adapter's tap and all that belongs to it away; what isn't there is done already.
    ///
    /// - Throws: `commandFailed`, `notFound`, `timedOut`.
    package func remove(tap: String, hadLimit: Bool) async throws(MartletError) {
        try await removeTap(tap, hadLimit: hadLimit)
        try await forget(tap: tap)
    }

    /// Takes the adapter's tap away and leaves its guards, for when the switch goes with it.
    ///
    /// - Throws: as `remove`.
    package func removeTap(_ tap: String, hadLimit: Bool) async throws(MartletError) {
        try await Tap(runner: runner).delete(name: tap)
        if hadLimit { try await BandwidthCap(runner: runner).remove(tap: tap) }
    }

    /// Takes away the limit of a tap that stays.
    ///
    /// - Throws: as `remove`.
    package func liftLimit(tap: String) async throws(MartletError) {
        try await BandwidthCap(runner: runner).set(nil, tap: tap)
    }

    /// Takes the guards of a tap away that is plugged into another switch by now.
    ///
    /// - Throws: as `remove`.
    package func forget(tap: String) async throws(MartletError) {
        try await runner.runText("nft", ["-f", "-"], input: guards.removing(tap: tap))
    }

    /// Plugs a tap that is there into a bridge that was made anew; the guards are in place.
    func plugAgain(_ adapter: AdapterPlan) async throws(MartletError) {
        try await IPCommand(runner: runner).batch(["link set dev \(adapter.tap) master \(plan.bridge) up"])
        try await set(adapter, before: Self.unknown(adapter))
    }

    private func failure(guarding adapter: AdapterPlan) async -> MartletError? {
        do throws(MartletError) {
            try await applyGuards(adapter)
            return nil
        } catch { return error }
    }

    private func failure(making adapter: AdapterPlan, ownerUID: UInt32) async -> MartletError? {
        do throws(MartletError) {
            try await Tap(runner: runner).create(name: adapter.tap, bridge: plan.bridge, ownerUID: ownerUID)
            return nil
        } catch { return error }
    }

    private func applyGuards(_ adapter: AdapterPlan) async throws(MartletError) {
        try await runner.runText("nft", ["-f", "-"], input: guards.adding(adapter))
    }

    /// The guards apart: nothing is run for what a new tap has by itself.
    private func set(_ adapter: AdapterPlan, before: AdapterPlan?) async throws(MartletError) {
        if adapter.vlan != before?.vlan {
            try await VLANPort(plan: plan, runner: runner).set(adapter.vlan, tap: adapter.tap)
        }
        if adapter.bandwidthLimit != before?.bandwidthLimit {
            try await BandwidthCap(runner: runner).set(adapter.bandwidthLimit, tap: adapter.tap)
        }
    }

    /// An adapter as unlike as can be, so that everything is set.
    private static func unknown(_ adapter: AdapterPlan) -> AdapterPlan {
        var unknown = adapter
        unknown.vlan = adapter.vlan == nil ? nil : 0
        unknown.bandwidthLimit = adapter.bandwidthLimit == nil ? nil : 0
        return unknown
    }
}
