import MartletModel

/// VLANs on a switch's bridge: the port of a guest's adapter is an access port, which tags what comes in and takes the tag off what
/// goes out.
struct VLANPort: Sendable {
    let plan: SwitchPlan
    let runner: CommandRunner

    /// Makes the bridge keep VLANs apart, as it does from its first adapter with one on.
    ///
    /// - Throws: `unsupported` when the kernel has no VLANs on bridges.
    func requireSupport() async throws(MartletError) {
        do throws(MartletError) {
            try await IPCommand(runner: runner).batch(["link set dev \(plan.bridge) type bridge vlan_filtering 1"])
        } catch  where error.code == .commandFailed {
            throw MartletError(
                .unsupported,
                "this host's kernel keeps no VLANs apart on a bridge (CONFIG_BRIDGE_VLAN_FILTERING); take the adapter's VLAN away",
                cause: error)
        }
    }

    /// Puts a tap that is plugged in into a VLAN, or with nil back into the network without a tag.
    ///
    /// An `external` switch's adapter carries the VLAN with its tag. It keeps it when the last guest has left: what comes in for it
    /// then finds no port.
    /// - Throws: `commandFailed`, `notFound`, `timedOut`.
    func set(_ vlan: Int?, tap: String) async throws(MartletError) {
        // 4095 is reserved, so a range that ends before it names them all.
        var commands = ["vlan del dev \(tap) vid 1-4094", "vlan add dev \(tap) vid \(vlan ?? 1) pvid untagged"]
        if let vlan, case .external(let adapter) = plan.kind { commands.append("vlan add dev \(adapter) vid \(vlan)") }
        try await runner.runText("bridge", ["-batch", "-"], input: commands.joined(separator: "\n") + "\n")
    }
}
