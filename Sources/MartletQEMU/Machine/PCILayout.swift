/// Where each device sits on the PCI bus: an address per kind and index that nothing else moves.
///
/// Guests name network interfaces after buses, and Windows counts a device at a new address as a new device. Each
/// virtio device has a root port of its own, eight ports to a slot; buses are numbered in the order of the slots, so
/// the kinds that are rarely added to come first, and a new disk moves nothing.
///
///     slot 1       the screen (not of direct machines)
///     slot 2       the entropy device, an empty port for a device that is plugged in later, one for vsock, the balloon, the
///                  port of the guest's integration services
///     slot 3       adapters
///     slots 8-15   disks
///     slot 16      the watchdog
///     slot 17      the controller of the ISO drives
///     slot 18      the seed, behind the disks, so that the guest's first disk is the machine's own
///
/// A root port costs the start half a millisecond (QEMU 7.2), so there are fours of them with one free at least, and not all.
enum PCILayout {
    /// A root port: one function of a slot.
    struct Port: Hashable, Sendable {
        var name: String
        var slot: Int
        var function: Int
    }

    static let screenAddress = "0x1"
    static let watchdogAddress = "0x10"
    static let isoControllerAddress = "0x11"
    static let entropyPort = Port(name: "port-entropy", slot: 2, function: 0)
    static let sparePort = Port(name: "port-spare1", slot: 2, function: 1)
    /// Empty where the host has no vsock: the buses behind it have the same numbers everywhere.
    static let vsockPort = Port(name: "port-vsock", slot: 2, function: 2)
    static let balloonPort = Port(name: "port-balloon", slot: 2, function: 5)
    static let guestPort = Port(name: "port-guest", slot: 2, function: 6)

    /// Only for a machine that is made with a seed: it has the port for life.
    static let seedPort = Port(name: "port-seed", slot: 18, function: 0)

    static func adapterPort(_ index: Int) -> Port { port("port-adapter\(index)", index, firstSlot: 3) }
    static func diskPort(_ index: Int) -> Port { port("port-disk\(index)", index, firstSlot: 8) }

    /// How many ports a machine gets whose devices are in these slots: whole fours, and one more at least than are needed, so that there
    /// is room for another while it runs.
    static func ports(for slots: [Int], most: Int) -> Int { min(most, (((slots.max() ?? -1) + 1) / 4 + 1) * 4) }

    private static func port(_ name: String, _ index: Int, firstSlot: Int) -> Port {
        Port(name: name, slot: firstSlot + index / 8, function: index % 8)
    }
}

extension PCILayout.Port {
    /// QEMU's device for the port.
    ///
    /// `io-reserve` 0: the firmware would keep 4 KiB of the 64 KiB of I/O ports for each, and run out after a dozen;
    /// no device behind a port needs any.
    var device: JSONText {
        [
            "driver": "pcie-root-port", "id": .string(name), "bus": "pcie.0",
            "addr": .string("0x\(String(slot, radix: 16)).0x\(function)"), "multifunction": true,
            "chassis": .integer(Int64(slot * 8 + function)), "io-reserve": 0,
        ]
    }
}
