/// What was given to be signed: each for one user, once, within a minute. Pure: time and chance come from outside.
struct Challenges: Sendable {
    static let lifetime: Duration = .seconds(60)
    /// More than this are never pending: the oldest gives way.
    static let most = 256

    private struct Pending {
        var challenge: [UInt8]
        var user: String
        var ends: Duration
    }

    private var pending: [Pending] = []

    /// Makes one from random bytes. It says what it is for, so that whoever signs it can see that.
    mutating func make(for user: String, random: String, now: Duration) -> [UInt8] {
        forget(now)
        if pending.count >= Self.most { pending.removeFirst() }
        let challenge = Array("martlet direct: sign in to this guest as \(user)\n\(random)\n".utf8)
        pending.append(Pending(challenge: challenge, user: user, ends: now + Self.lifetime))
        return challenge
    }

    /// Whether this was given to this user and is still good; it isn't any more afterwards.
    mutating func take(_ challenge: [UInt8], from user: String, now: Duration) -> Bool {
        forget(now)
        guard let index = pending.firstIndex(where: { $0.challenge == challenge }) else { return false }
        return pending.remove(at: index).user == user
    }

    private mutating func forget(_ now: Duration) { pending.removeAll { $0.ends <= now } }
}
