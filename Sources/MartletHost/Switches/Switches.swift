import Logging
import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore
import Synchronization

/// Every virtual switch of the host, and what machines plug into it.
package final class Switches: Sendable {
    private let switches = Mutex<[VirtualSwitch]>([])
    private let layout: RootLayout
    private let store: any StateStore
    private let environment: HostEnvironment
    private let isRoot: Bool
    private let guestUser: UserAccount?
    private let driver: NATSwitch
    private let keeper: NATSwitchKeeper
    private let logger: Logger

    init(
        layout: RootLayout, store: any StateStore, environment: HostEnvironment, isRoot: Bool, guestUser: UserAccount?,
        logger: Logger
    ) {
        self.layout = layout
        self.store = store
        self.environment = environment
        self.isRoot = isRoot
        self.guestUser = guestUser
        self.logger = logger
        driver = NATSwitch(folder: layout.switchesFolder)
        keeper = NATSwitchKeeper(driver: driver, logger: logger)
    }

    /// Every switch, by name.
    package func list() -> [VirtualSwitch] { switches.withLock { $0 } }

    /// - Throws: `notFound`.
    package func find(_ nameOrID: String) throws(MartletError) -> VirtualSwitch {
        let found = list().first { $0.name == nameOrID || $0.id.description == nameOrID }
        if let found { return found }
        throw MartletError(.notFound, "there is no switch '\(nameOrID)'; list them with `martlet switch list`")
    }

    /// Where a new machine's adapter goes when nobody says.
    var `default`: VirtualSwitch? { list().first(where: \.isDefault) }

    /// Makes the stored switches known, and at a host's first start makes them: `nat` where we are root, `user` everywhere.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(VirtualSwitch.self)
        var known = list.documents.map(\.document)
        var warnings = list.undecodable.map { "switch \($0.id) can't be read and was set aside: \($0.reason)" }
        if known.isEmpty && warnings.isEmpty {
            do {
                known = try await firstSwitches()
            } catch {
                warnings.append("the NAT switch can't be made, so machines get the user-mode network: \(error)")
                known = [userSwitch(isDefault: true)]
            }
            var writes: [StoreWrite] = []
            for new in known {
                try Sidecar.write(new, layout: layout)
                writes.append(try .put(new))
            }
            try await store.transaction(writes, durability: .powerLoss)
        }
        let sorted = known.sorted { $0.name < $1.name }
        switches.withLock { $0 = sorted }
        return warnings
    }

    private func firstSwitches() async throws(MartletError) -> [VirtualSwitch] {
        guard isRoot else { return [userSwitch(isDefault: true)] }
        let subnet = try await driver.freeSubnet()
        return [
            VirtualSwitch(id: environment.makeID(), name: "nat", kind: .nat, subnet: subnet, isDefault: true),
            userSwitch(isDefault: false),
        ]
    }

    private func userSwitch(isDefault: Bool) -> VirtualSwitch {
        VirtualSwitch(id: environment.makeID(), name: "user", kind: .user, subnet: nil, isDefault: isDefault)
    }

    // MARK: What machines plug in

    /// What QEMU is told of a machine's adapters.
    ///
    /// - Throws: `notFound`, `invalidArgument`.
    func devices(
        _ configuration: VirtualMachineConfiguration
    ) throws(MartletError) -> [MachineSpecification.AdapterDevice] {
        var devices: [MachineSpecification.AdapterDevice] = []
        for adapter in configuration.adapters {
            switch try find(adapter.switch.description).kind {
            case .user:
                devices.append(.init(slot: adapter.slot, hardwareAddress: adapter.hardwareAddress, backend: .user))
            case .nat:
                let tap = try Tap.name(machine: configuration.id.short, index: adapter.slot)
                devices.append(.init(slot: adapter.slot, hardwareAddress: adapter.hardwareAddress, backend: .tap(tap)))
            }
        }
        return devices
    }

    /// Brings up what a machine's adapters need. Doing it twice is doing it once.
    ///
    /// - Throws: `notFound`, `forbidden` for a `nat` switch without root, `commandFailed`, `alreadyExists`.
    func plug(_ configuration: VirtualMachineConfiguration) async throws(MartletError) {
        let owner = guestUser?.userID ?? 0
        for (found, plan, tap) in try natAdapters(configuration) {
            guard isRoot else {
                throw MartletError(
                    .forbidden, "the switch '\(found.name)' is of kind nat, which needs root; use the switch 'user'")
            }
            try await keeper.plug(configuration.id, tap: tap, ownerUID: owner, into: plan) {
                plan throws(MartletError) in
                try await self.move(found, from: plan)
            }
        }
    }

    /// Another host on this machine, or the machine's own network, has taken the subnet: a switch without machines takes another.
    private func move(_ found: VirtualSwitch, from plan: SwitchPlan) async throws(MartletError) -> SwitchPlan {
        var moved = found
        let subnet = try await driver.freeSubnet()
        moved.subnet = subnet
        try await store.put(moved)
        try Sidecar.write(moved, layout: layout)
        let changed = moved
        switches.withLock { $0 = $0.map { $0.id == changed.id ? changed : $0 } }
        logger.notice(
            "a switch has another subnet, since its own is taken",
            metadata: ["switch": "\(found.name)", "subnet": "\(subnet)"])
        return try SwitchPlan(shortID: plan.shortID, subnet: subnet)
    }

    /// Takes down what a machine's adapters needed, and the switch with its last machine. Doing it twice is doing it once.
    ///
    /// - Throws: `commandFailed`.
    func unplug(_ configuration: VirtualMachineConfiguration) async throws(MartletError) {
        guard isRoot else { return }
        for (_, plan, tap) in presentAdapters(configuration) {
            try await keeper.unplug(configuration.id, tap: tap, from: plan)
        }
    }

    /// Machines that an earlier daemon started are plugged in already.
    func assumePlugged(_ configuration: VirtualMachineConfiguration) async {
        for (_, plan, _) in presentAdapters(configuration) { await keeper.assumePlugged(configuration.id, into: plan) }
    }

    private typealias NATAdapter = (switch: VirtualSwitch, plan: SwitchPlan, tap: String)

    /// The adapters on `nat` switches.
    ///
    /// - Throws: `notFound` when a switch is gone.
    private func natAdapters(_ configuration: VirtualMachineConfiguration) throws(MartletError) -> [NATAdapter] {
        for adapter in configuration.adapters { _ = try find(adapter.switch.description) }
        return presentAdapters(configuration)
    }

    /// The adapters on `nat` switches that are known; what is gone can't be in the way of taking down the rest.
    private func presentAdapters(_ configuration: VirtualMachineConfiguration) -> [NATAdapter] {
        configuration.adapters.compactMap { adapter in
            guard let found = try? find(adapter.switch.description), found.kind == .nat, let subnet = found.subnet,
                let plan = try? SwitchPlan(shortID: found.id.short, subnet: subnet),
                let tap = try? Tap.name(machine: configuration.id.short, index: adapter.slot)
            else { return nil }
            return (found, plan, tap)
        }
    }
}
