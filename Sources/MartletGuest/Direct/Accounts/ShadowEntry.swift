/// A user's line of shadow(5): the hash of the password, and until when it and the account hold. Dates are days since 1970.
struct ShadowEntry: Hashable, Sendable {
    var hash: String
    var lastChange: Int?
    var longestAge: Int?
    var inactivity: Int?
    var expiry: Int?

    init?(line: some StringProtocol) {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 9, !fields[0].isEmpty else { return nil }
        hash = String(fields[1])
        lastChange = Self.number(fields[2])
        longestAge = Self.number(fields[4])
        inactivity = Self.number(fields[6])
        expiry = Self.number(fields[7])
    }

    /// Without shadow, of a hash in passwd alone.
    init(hash: String) { self.hash = hash }

    /// Whether the password is locked or there never was one: none opens it.
    var isLocked: Bool { hash.isEmpty || hash.hasPrefix("!") || hash.hasPrefix("*") }

    /// Whether the account is over; by its date, or since its password has been expired for too long.
    func isExpired(on day: Int) -> Bool {
        if let expiry, day >= expiry { return true }
        guard let lastChange, let longestAge, let inactivity, lastChange > 0 else { return false }
        return day - lastChange > longestAge.addingReportingOverflow(inactivity).partialValue
    }

    /// Whether the password must be changed before it opens anything.
    func passwordIsExpired(on day: Int) -> Bool {
        guard let lastChange else { return false }
        guard lastChange > 0 else { return true }
        return longestAge.map { day - lastChange > $0 } ?? false
    }

    /// Dates and numbers of days; below zero means none, and so does what no calendar reaches.
    private static func number(_ field: some StringProtocol) -> Int? {
        Int(field).flatMap { (0...10_000_000).contains($0) ? $0 : nil }
    }
}
