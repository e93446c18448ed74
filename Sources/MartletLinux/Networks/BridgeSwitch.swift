package import MartletModel

/// Switches on this host: a bridge with what its kind needs (rules, DHCP and DNS, an adapter of the host).
///
/// A reconciler: `ensureUp` has no memory and may be called at any time. Not for two callers at once on the same switch.
package struct BridgeSwitch: Sendable {
    /// What was found and done when a switch was brought up.
    package struct Report: Hashable, Sendable {
        /// dnsmasq; nil for a switch without.
        package var addressService: ProcessIdentity?
        /// What an administrator wants to know, as sentences: what was changed about the host.
        package var notes: [String]
    }

    private let folder: String
    private let dnsmasqUser: String
    private let runner: CommandRunner
    private var commands: IPCommand { IPCommand(runner: runner) }

    /// `folder` holds a folder for each switch and must exist. `dnsmasqUser` is what dnsmasq runs as.
    package init(folder: String, dnsmasqUser: String = "dnsmasq", runner: CommandRunner = CommandRunner()) {
        self.folder = folder
        self.dnsmasqUser = dnsmasqUser
        self.runner = runner
    }

    /// Makes everything that the switch consists of, and leaves alone what is right already, dnsmasq and plugged taps too.
    ///
    /// `nat` turns on IPv4 forwarding for the whole host, which can't be done for one bridge alone, and says so. An `external`
    /// switch takes its adapter without asking who is connected over it; see `ExternalAdapter.users`.
    /// - Parameter adapters: those that are plugged in: whoever isn't named loses its guards, and taps that are on no bridge any
    ///   more are plugged in again.
    /// - Throws: `alreadyExists` when the bridge's name is taken by something else; `notFound` when iproute2, nftables or dnsmasq
    ///   aren't installed, or the adapter isn't there; `commandFailed` without privilege, or with the program's reason; `timedOut`,
    ///   `forbidden`, `insufficientSpace`, `ioFailed`. What was made until then stays; the same call goes on from there.
    @discardableResult
    package func ensureUp(_ plan: SwitchPlan, adapters: [AdapterPlan] = []) async throws(MartletError) -> Report {
        let service = addressService(plan)
        let isNew = try await ensureBridge(plan, service)
        // Before forwarding: guests never are without the rules.
        try await SwitchFirewall(plan: plan, runner: runner).apply(adapters)
        if isNew { try await plugAgain(adapters, plan) }
        let notes = plan.kind == .nat ? try await ensureForwarding() : []
        if !plan.forwards.isEmpty { try await allowLoopback(plan) }
        return Report(addressService: try await serve(plan, service), notes: notes)
    }

    /// Puts the switch's rules and DHCP's reservations in place while it is up, and leaves bridge, taps and guards alone.
    ///
    /// - Throws: as `ensureUp`.
    @discardableResult
    package func refresh(_ plan: SwitchPlan) async throws(MartletError) -> ProcessIdentity? {
        try await SwitchFirewall(plan: plan, runner: runner).applyOwn()
        if !plan.forwards.isEmpty { try await allowLoopback(plan) }
        return try await serve(plan, addressService(plan))
    }

    /// Puts DHCP's reservations in place while the switch is up, and leaves all else alone.
    ///
    /// - Throws: as `ensureUp`.
    @discardableResult
    package func serve(_ plan: SwitchPlan) async throws(MartletError) -> ProcessIdentity? {
        try await serve(plan, addressService(plan))
    }

    private func serve(_ plan: SwitchPlan, _ service: AddressService) async throws(MartletError) -> ProcessIdentity? {
        guard plan.servesAddresses else { return nil }
        return try await service.ensureRunning()
    }

    /// Removes all that `ensureUp` makes, leases included, and gives an adapter of the host back what it had; what isn't there is
    /// done already. Forwarding stays as it is.
    ///
    /// - Throws: as `ensureUp`. What was removed until then stays removed; the same call goes on from there.
    package func takeDown(_ plan: SwitchPlan) async throws(MartletError) {
        let service = addressService(plan)
        try await service.stop()
        if case .external = plan.kind {
            try await externalAdapter(plan).giveBack()
        } else {
            try await commands.delete(plan.bridge)
        }
        try await SwitchFirewall(plan: plan, runner: runner).remove()
        try await BlockingWork.run { () throws(MartletError) in try Folder.removeTree(service.folder) }
    }

    /// Whether the switch's bridge is there.
    ///
    /// - Throws: `commandFailed`, `notFound`, `timedOut`.
    package func isUp(_ plan: SwitchPlan) async throws(MartletError) -> Bool {
        try await commands.link(plan.bridge) != nil
    }

    /// The adapter that an `external` switch takes.
    package func externalAdapter(_ plan: SwitchPlan) -> ExternalAdapter {
        ExternalAdapter(plan: plan, folder: folder(of: plan), runner: runner)
    }

    /// The leases that dnsmasq has written down; none for a switch that is down.
    package func leases(_ plan: SwitchPlan) -> [AddressLease] { AddressLease.read("\(folder(of: plan))/leases") }

    private func folder(of plan: SwitchPlan) -> String { "\(folder)/\(plan.bridge)" }

    /// A /24 that neither this host's interfaces nor its routes know, and that isn't among `others`.
    ///
    /// - Throws: `unavailable` when there is none; `commandFailed`, `notFound`, `timedOut`.
    package func freeSubnet(avoiding others: [String] = []) async throws(MartletError) -> String {
        let links = try await commands.links()
        let routes = try await commands.routes()
        let taken = links.flatMap(\.networks) + routes.compactMap(\.network) + others.compactMap { IPv4Network($0) }
        guard let free = SubnetChoice.first(avoiding: taken) else {
            throw MartletError(.unavailable, "every /24 under 192.168.0.0/16 and 10.0.0.0/8 is in use; name a subnet")
        }
        return free.description
    }

    /// Whether the switch's network can be had: nothing but its own bridge has an address or a route in it.
    ///
    /// - Throws: `commandFailed`, `notFound`, `timedOut`.
    package func isFree(_ plan: SwitchPlan) async throws(MartletError) -> Bool {
        let links = try await commands.links()
        if links.contains(where: { $0.name == plan.bridge }) { return true }
        let routes = try await commands.routes()
        let taken = links.flatMap(\.networks) + routes.compactMap(\.network)
        guard let network = plan.network else { return true }
        return !taken.contains { $0.prefixLength > 0 && $0.overlaps(network) }
    }

    private func addressService(_ plan: SwitchPlan) -> AddressService {
        AddressService(plan: plan, folder: folder(of: plan), user: dnsmasqUser, runner: runner)
    }

    /// Returns whether the bridge was made now.
    private func ensureBridge(_ plan: SwitchPlan, _ service: AddressService) async throws(MartletError) -> Bool {
        let link = try await commands.link(plan.bridge)
        if let link, link.kind != "bridge" {
            throw MartletError(.alreadyExists, "the interface '\(plan.bridge)' is not a bridge; remove or rename it")
        }
        // A dnsmasq that is left from a bridge of the past would listen there for ever, and be adopted.
        if link == nil { try await service.stop() }
        if case .external = plan.kind {
            try await externalAdapter(plan).take()
            return link == nil
        }
        let make = "link add name \(plan.bridge) address \(plan.hardwareAddress) type bridge"
        try await commands.batch((link == nil ? [make] : []) + Self.settings(plan) + ["link set dev \(plan.bridge) up"])
        return link == nil
    }

    /// The host's address where it has one; without, it doesn't take one for IPv6 by itself either.
    private static func settings(_ plan: SwitchPlan) -> [String] {
        guard let gateway = plan.gateway else { return ["link set dev \(plan.bridge) addrgenmode none"] }
        return ["address replace \(gateway)/24 broadcast + dev \(plan.bridge)"]
    }

    /// Somebody removed the bridge under running guests: their taps are there and on no bridge.
    private func plugAgain(_ adapters: [AdapterPlan], _ plan: SwitchPlan) async throws(MartletError) {
        guard !adapters.isEmpty else { return }
        let present = Set(try await commands.links().compactMap(\.name))
        let port = SwitchPort(plan: plan, runner: runner)
        for adapter in adapters where present.contains(adapter.tap) { try await port.plugAgain(adapter) }
    }

    /// Lets a forwarded port be reached at 127.0.0.1; guests still can't reach that, which the rules for input see to.
    private func allowLoopback(_ plan: SwitchPlan) async throws(MartletError) {
        try await runner.runText("tee", ["/proc/sys/net/ipv4/conf/\(plan.bridge)/route_localnet"], input: "1\n")
    }

    /// Returns what to tell about it.
    private func ensureForwarding() async throws(MartletError) -> [String] {
        // By programs, not by ourselves: the file shows the network namespace of who opens it, and the runner may use another.
        let setting = "/proc/sys/net/ipv4/ip_forward"
        if try await runner.runText("cat", [setting]).hasPrefix("1") { return [] }
        try await runner.runText("tee", [setting], input: "1\n")
        return [
            "IPv4 forwarding was turned on for the whole host (net.ipv4.ip_forward=1); it stays on until it is turned off by hand"
        ]
    }
}
