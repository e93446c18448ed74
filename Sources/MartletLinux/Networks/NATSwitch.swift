package import MartletModel

/// Switches of kind `nat` on this host: a bridge, address translation to the outside, DHCP and DNS for the guests.
///
/// A reconciler: `ensureUp` has no memory and may be called at any time. Not for two callers at once on the same switch.
package struct NATSwitch: Sendable {
    /// What was found and done when a switch was brought up.
    package struct Report: Hashable, Sendable {
        /// dnsmasq.
        package var addressService: ProcessIdentity
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
    /// Turns on IPv4 forwarding for the whole host, which can't be done for one bridge alone, and says so.
    /// - Throws: `alreadyExists` when the bridge's name is taken by something else; `notFound` when iproute2, nftables or dnsmasq
    ///   aren't installed; `commandFailed` without privilege, or with the program's reason; `timedOut`, `forbidden`,
    ///   `insufficientSpace`, `ioFailed`. What was made until then stays; the same call goes on from there.
    @discardableResult
    package func ensureUp(_ plan: SwitchPlan) async throws(MartletError) -> Report {
        let service = addressService(plan)
        try await ensureBridge(plan, service)
        // Before forwarding: guests never are without the rules.
        try await SwitchFirewall(plan: plan, runner: runner).apply()
        let notes = try await ensureForwarding()
        return Report(addressService: try await service.ensureRunning(), notes: notes)
    }

    /// Removes all that `ensureUp` makes, leases included; what isn't there is done already. Forwarding stays as it is.
    ///
    /// - Throws: as `ensureUp`. What was removed until then stays removed; the same call goes on from there.
    package func takeDown(_ plan: SwitchPlan) async throws(MartletError) {
        let service = addressService(plan)
        try await service.stop()
        try await commands.delete(plan.bridge)
        try await SwitchFirewall(plan: plan, runner: runner).remove()
        try await BlockingWork.run { () throws(MartletError) in try Folder.removeTree(service.folder) }
    }

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
        return !taken.contains { $0.prefixLength > 0 && $0.overlaps(plan.network) }
    }

    private func addressService(_ plan: SwitchPlan) -> AddressService {
        AddressService(plan: plan, folder: "\(folder)/\(plan.bridge)", user: dnsmasqUser, runner: runner)
    }

    private func ensureBridge(_ plan: SwitchPlan, _ service: AddressService) async throws(MartletError) {
        let link = try await commands.link(plan.bridge)
        if let link, link.kind != "bridge" {
            throw MartletError(.alreadyExists, "the interface '\(plan.bridge)' is not a bridge; remove or rename it")
        }
        // A dnsmasq that is left from a bridge of the past would listen there for ever, and be adopted.
        if link == nil { try await service.stop() }
        let make = "link add name \(plan.bridge) address \(plan.hardwareAddress) type bridge"
        try await commands.batch(
            (link == nil ? [make] : []) + [
                "address replace \(plan.gateway)/24 broadcast + dev \(plan.bridge)",
                "link set dev \(plan.bridge) up",
            ]
        )
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
