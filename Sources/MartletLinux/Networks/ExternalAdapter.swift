import FoundationEssentials
package import MartletModel

/// The host's adapter of an `external` switch: a port of the bridge, to which its addresses and routes move.
///
/// Everything moves by one `ip -batch`, which runs to its end whatever becomes of us. What the adapter had is written down before.
package struct ExternalAdapter: Sendable {
    let plan: SwitchPlan
    /// The switch's folder.
    let folder: String
    let runner: CommandRunner
    private var commands: IPCommand { IPCommand(runner: runner) }
    private var recordPath: String { "\(folder)/adapter.json" }

    private var adapter: String {
        if case .external(let adapter) = plan.kind { return adapter }
        return ""
    }

    /// Why taking the adapter would cut somebody off, as sentences; empty when nobody would be.
    ///
    /// The addresses and routes move with the adapter, and the network is gone for an instant alone if all goes well; this is for
    /// when it doesn't, and for whatever configures the adapter later.
    /// - Parameter peer: the address of the client that asks, where there is one.
    /// - Throws: `notFound` when there is no such interface; `inUse` when it is a port of something else; `commandFailed`, `timedOut`.
    package func users(peer: String?) async throws(MartletError) -> [String] {
        let links = try await commands.links()
        let link = try required(links)
        if link.master == plan.bridge { return [] }
        var reasons: [String] = []
        let defaults = try await commands.routes().filter { $0.destination == "default" && $0.table == nil }
        if defaults.contains(where: { $0.device == adapter }) {
            reasons.append("the host's default route leads over it")
        }
        if let peer, try await commands.device(towards: peer) == adapter {
            reasons.append("the way to the client that asks, \(peer), leads over it")
        }
        let own = Set((link.addresses ?? []).compactMap(\.local))
        if !own.isEmpty, try await SocketTable(runner: runner).established().contains(where: own.contains) {
            reasons.append("there are connections over it")
        }
        let others = links.filter { $0.isWayOut && $0.name != adapter && $0.name?.hasPrefix("mlt") != true }
        if others.isEmpty && link.isWayOut { reasons.append("it is the host's only way out") }
        return reasons
    }

    /// Makes the adapter the bridge's port, with the bridge in its place; one that is it already is left alone.
    ///
    /// - Throws: as `users`; `commandFailed`, and then the adapter has again what it had. `alreadyExists` for a bridge's name that is
    ///   something else's.
    func take() async throws(MartletError) {
        let links = try await commands.links()
        let link = try required(links)
        let bridge = links.first { $0.name == plan.bridge }
        if bridge != nil && link.master == plan.bridge { return }
        // A bridge without its adapter: we were interrupted. Without a bridge the record is of another day, before the host's restart.
        if bridge != nil { try await giveBack() }
        let belongings = try await belongings(of: adapter, try required(try await commands.links()))
        try await keep(belongings)
        do throws(MartletError) {
            try await commands.batch(taking(belongings))
        } catch {
            try await giveBack()
            throw error
        }
    }

    /// Gives the adapter its addresses and routes back and removes the bridge; what isn't taken is done already.
    ///
    /// - Throws: `commandFailed` when the bridge stays; `ioFailed`, `notFound` for `ip`, `timedOut`.
    func giveBack() async throws(MartletError) {
        let links = try await commands.links()
        guard let bridge = links.first(where: { $0.name == plan.bridge }) else { return try await forget() }
        let recorded = try await BlockingWork.run { () throws(MartletError) in kept() }
        let isTaken = links.contains { $0.name == adapter && $0.master == plan.bridge }
        // What it has now is what counts: an address may have changed since. One that lost all is given what was written down.
        let present = try await belongings(of: plan.bridge, bridge)
        let belongings = isTaken && !present.addresses.isEmpty ? present : recorded ?? present
        try await commands.batch(givingBack(belongings), force: true)
        if try await commands.link(plan.bridge) != nil {
            throw MartletError(.commandFailed, "the bridge '\(plan.bridge)' can't be removed; look at `ip link`")
        }
        try await forget()
    }

    // MARK: Plans

    private func taking(_ belongings: Belongings) -> [String] {
        let bridge = plan.bridge
        return [
            "link add name \(bridge) address \(belongings.hardwareAddress) type bridge",
            "link set dev \(bridge) up", "link set dev \(adapter) master \(bridge) up",
        ]
            // Not one by one: with the first address of a network the kernel removes its others.
            + ["address flush dev \(adapter) scope global"]
            + belongings.addresses.map { "address add \($0.text) dev \(bridge)" }
            + belongings.routes.map { "route replace \($0.text) dev \(bridge)" }
    }

    private func givingBack(_ belongings: Belongings) -> [String] {
        ["link set dev \(adapter) nomaster", "link delete dev \(plan.bridge)", "link set dev \(adapter) up"]
            + belongings.addresses.map { "address replace \($0.text) dev \(adapter)" }
            + belongings.routes.map { "route replace \($0.text) dev \(adapter)" }
    }

    private func required(_ links: [IPLink]) throws(MartletError) -> IPLink {
        guard let link = links.first(where: { $0.name == adapter }) else {
            throw MartletError(
                .notFound, "the host has no adapter '\(adapter)'; name one that `ip link` shows, such as eth1")
        }
        if let master = link.master, master != plan.bridge {
            throw MartletError(.inUse, "the adapter '\(adapter)' is a port of '\(master)' already; take it out first")
        }
        return link
    }

    // MARK: What an adapter has

    struct Belongings: Codable, Sendable {
        struct Address: Codable, Sendable {
            /// As `ip address add` takes it.
            var text: String
        }
        struct Route: Codable, Sendable {
            /// As `ip route` takes it whatever family it is told, without the device.
            var text: String
        }

        var hardwareAddress: String
        var addresses: [Address]
        var routes: [Route]
    }

    private func belongings(of name: String, _ link: IPLink) async throws(MartletError) -> Belongings {
        guard let hardwareAddress = link.hardwareAddress else {
            throw MartletError(
                .unsupported,
                "'\(name)' has no hardware address, so it can't be a port of a bridge; name an Ethernet adapter")
        }
        var routes: [Belongings.Route] = []
        for family in [4, 6] {
            routes += try await commands.routeLines(of: name, family: family).map(Belongings.Route.init)
        }
        return Belongings(
            hardwareAddress: hardwareAddress, addresses: (link.addresses ?? []).compactMap(Self.address), routes: routes
        )
    }

    /// What the kernel gives itself (link-local, by router advertisement) it gives itself again.
    private static func address(_ address: IPLink.Address) -> Belongings.Address? {
        guard let local = address.local, let length = address.prefixLength, address.scope != "link",
            let family = ["inet": 4, "inet6": 6][address.family ?? ""], !(family == 6 && address.isDynamic == true)
        else { return nil }
        let network = "\(local)/\(length)"
        let broadcast = family == 4 && length < 31 ? " broadcast +" : ""
        var lifetime = ""
        if address.isDynamic == true, let valid = address.validLifetime, let preferred = address.preferredLifetime {
            lifetime = " valid_lft \(valid) preferred_lft \(preferred)"
        }
        return .init(
            text: network + broadcast + lifetime + (family == 6 ? " nodad" : ""))
    }

    // MARK: The record

    private func keep(_ belongings: Belongings) async throws(MartletError) {
        let (folder, path) = (folder, recordPath)
        try await BlockingWork.run { () throws(MartletError) in
            try Folder.make(folder, mode: 0o700)
            guard let data = try? JSONEncoder().encode(belongings) else { return }
            try AtomicFile.write(Array(data), to: path, mode: 0o600)
        }
    }

    private func kept() -> Belongings? {
        guard let bytes = try? BoundedFile.read(recordPath) else { return nil }
        return try? JSONDecoder().decode(Belongings.self, from: Data(bytes))
    }

    private func forget() async throws(MartletError) {
        let path = recordPath
        try await BlockingWork.run { () throws(MartletError) in try Folder.removeTree(path) }
    }
}
