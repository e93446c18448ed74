import Synchronization

/// How many connections an address may have at once, so that one alone doesn't take them all.
package final class ConnectionPlaces: Sendable {
    private let most: Int
    private let taken = Mutex<[String: Int]>([:])

    package init(most: Int) { self.most = most }

    /// Takes a place; false when the address has as many as it may.
    package func take(_ address: String) -> Bool {
        taken.withLock { taken in
            let count = taken[address] ?? 0
            guard count < most else { return false }
            taken[address] = count + 1
            return true
        }
    }

    package func giveBack(_ address: String) {
        taken.withLock { taken in
            let count = (taken[address] ?? 0) - 1
            taken[address] = count > 0 ? count : nil
        }
    }
}
