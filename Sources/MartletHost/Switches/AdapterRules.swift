import MartletLinux
import MartletModel

/// What an adapter can be on a switch.
enum AdapterRules {
    /// - Throws: `contradictory` for what the kind of switch can't give; `invalidArgument` for values that no switch can.
    static func check(
        _ adapter: VirtualMachineConfiguration.Adapter, on found: VirtualSwitch
    ) throws(MartletError) {
        _ = try AdapterPlan(
            tap: "mlt0", hardwareAddress: adapter.hardwareAddress, address: adapter.address, vlan: adapter.vlan)
        if let first = UInt8(adapter.hardwareAddress.prefix(2), radix: 16), first & 1 == 1 {
            throw MartletError(
                .invalidArgument,
                "'\(adapter.hardwareAddress)' is the address of a group, which no adapter can have; make its first octet even"
            )
        }
        if let limit = adapter.bandwidthLimit, !VirtualMachineRules.bandwidth.contains(limit) || limit % 1_000 != 0 {
            throw MartletError(
                .invalidArgument,
                "a limit of \(limit) bits a second can't be set; use whole kbit from 1 kbit to 1 Tbit a second")
        }
        if let address = adapter.address {
            guard found.kind.hasSubnet, let network = found.subnet.flatMap({ IPv4Network($0) }) else {
                throw MartletError(
                    .contradictory,
                    "the switch '\(found.name)' is of kind \(found.kind.rawValue) and gives no addresses; leave \(address) out"
                )
            }
            try SwitchRules.check(address, in: network)
        }
        guard !found.kind.isBridge else { return }
        let unmet = [
            adapter.vlan.map { _ in "a VLAN" }, adapter.bandwidthLimit.map { _ in "a bandwidth limit" },
        ].compactMap(\.self)
        if let first = unmet.first {
            throw MartletError(
                .contradictory,
                "the switch '\(found.name)' is QEMU's own network and can't give \(first); plug the adapter into another switch"
            )
        }
    }
}
