import MartletLinux
import MartletModel
import MartletStore
import Synchronization

/// Which adapter has which address on which switch.
///
/// Changed by one at a time, the switch's keeper; read by anybody.
final class AddressBook: Sendable {
    /// An adapter, on a switch.
    struct Place: Hashable, Sendable {
        var virtualSwitch: ID<VirtualSwitch>
        var machine: ID<VirtualMachine>
        var slot: Int
    }

    private let store: any StateStore
    private let assignments = Mutex<[Place: AddressAssignment]>([:])

    init(store: any StateStore) { self.store = store }

    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(AddressAssignment.self)
        assignments.withLock { assignments in
            for stored in list.documents { assignments[stored.document.place] = stored.document }
        }
        return list.undecodable.map { "the address \($0.id) can't be read and was set aside: \($0.reason)" }
    }

    func assignments(on id: ID<VirtualSwitch>) -> [AddressAssignment] {
        assignments.withLock { $0.values.filter { $0.virtualSwitch == id } }.sorted { $0.address < $1.address }
    }

    func address(of place: Place) -> String? { assignments.withLock { $0[place]?.address } }

    /// The address of an adapter: the fixed one, the one that it had, or one that is free.
    ///
    /// - Parameter isPlugged: whether an adapter is plugged in now: its address isn't taken from it.
    /// - Throws: `invalidArgument` for a fixed one outside the network; `inUse` for one that another plugged adapter has; `tooMany` when
    ///   all are taken; `storeFailed`.
    func assign(
        _ place: Place, hardwareAddress: String, fixed: String?, network: IPv4Network, isPlugged: (Place) -> Bool
    ) async throws(MartletError) -> String {
        let others = assignments(on: place.virtualSwitch).filter { $0.place != place }
        let address: String
        if let fixed {
            try SwitchRules.check(fixed, in: network)
            address = fixed
            if let holder = others.first(where: { $0.address == fixed && isPlugged($0.place) }) {
                throw MartletError(
                    .inUse, "the address \(fixed) is in use by machine \(holder.machine); choose another")
            }
        } else if let present = self.address(of: place), network.contains(present),
            !others.contains(where: { $0.address == present })
        {
            address = present
        } else {
            address = try free(network, hardwareAddress, others: others, isPlugged: isPlugged)
        }
        let new = AddressAssignment(
            virtualSwitch: place.virtualSwitch, machine: place.machine, slot: place.slot,
            hardwareAddress: hardwareAddress, address: address)
        try await put(new, forgetting: others.filter { $0.address == address })
        return address
    }

    /// Addresses that nobody uses now are taken from whom they were kept for when there are no others.
    private func free(
        _ network: IPv4Network, _ hardwareAddress: String, others: [AddressAssignment], isPlugged: (Place) -> Bool
    ) throws(MartletError) -> String {
        for holders in [others, others.filter { isPlugged($0.place) }] {
            let taken = Set(holders.compactMap { network.number(of: $0.address) })
            if let number = AddressChoice.number(for: hardwareAddress, taken: taken) {
                return network.host(UInt32(number))
            }
        }
        throw MartletError(
            .tooMany, "every address of \(network) is in use; plug the machine into another switch")
    }

    private func put(
        _ new: AddressAssignment, forgetting old: [AddressAssignment]
    ) async throws(MartletError) {
        guard assignments.withLock({ $0[new.place] != new }) || !old.isEmpty else { return }
        let writes = old.map { StoreWrite.delete(AddressAssignment.self, id: $0.documentID) } + [try .put(new)]
        try await store.transaction(writes, durability: .processCrash)
        assignments.withLock { assignments in
            for assignment in old { assignments[assignment.place] = nil }
            assignments[new.place] = new
        }
    }

    /// Forgets the addresses that fit.
    ///
    /// - Throws: `storeFailed`.
    func forget(where fits: (Place) -> Bool) async throws(MartletError) {
        let gone = assignments.withLock { $0.values.filter { fits($0.place) } }
        guard !gone.isEmpty else { return }
        let writes = gone.map { StoreWrite.delete(AddressAssignment.self, id: $0.documentID) }
        try await store.transaction(writes, durability: .processCrash)
        assignments.withLock { assignments in for assignment in gone { assignments[assignment.place] = nil } }
    }
}
