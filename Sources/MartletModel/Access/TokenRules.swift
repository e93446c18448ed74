/// What a token may be asked to be.
package enum TokenRules {
    /// How long a token lives when nothing is said: a year, so that a forgotten one isn't a way in for ever.
    package static let standardLifeInSeconds: Int64 = 365 * 86_400
    /// From a minute to ten years.
    package static let lifeInSeconds: ClosedRange<Int64> = 60...(3_650 * 86_400)
    package static let mostMachines = 1_000

    /// - Throws: `invalidArgument` for a name that can't be, an end that contradicts itself, and an administrator's token with a scope.
    package static func check(_ request: CreateTokenRequest) throws(MartletError) {
        _ = try ResourceName(request.name)
        if request.expiresInSeconds != nil, request.neverExpires == true {
            throw MartletError(.invalidArgument, "a token has an end or it has none; give one or the other")
        }
        if let seconds = request.expiresInSeconds, !lifeInSeconds.contains(seconds) {
            throw MartletError(.invalidArgument, "a token's life is a minute to ten years, not \(seconds) s")
        }
        let isScoped = request.machines != nil || request.labels != nil
        if isScoped, (request.machines ?? []).isEmpty, (request.labels ?? [:]).isEmpty {
            throw MartletError(
                .invalidArgument, "a token that is held to no machine is of no use; name one, or a label")
        }
        try VirtualMachineRules.check(labels: request.labels ?? [:])
        // The role comes to root on the host: a scope would promise what can't be held.
        if isScoped, request.role == .administrator {
            throw MartletError(
                .invalidArgument,
                "an administrator's token can't be held to some machines; make it an operator's or a viewer's"
            )
        }
    }

    /// When a token that is made now ends; nil for never.
    package static func end(of request: CreateTokenRequest, now: Moment) -> Moment? {
        if request.neverExpires == true { return nil }
        let seconds = request.expiresInSeconds ?? standardLifeInSeconds
        return Moment(milliseconds: now.milliseconds + seconds * 1000)
    }
}
