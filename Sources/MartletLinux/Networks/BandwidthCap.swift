import MartletModel

/// Limits what goes through a tap, each way, by token buckets.
///
/// What goes to the guest leaves the host through the tap, and is shaped there. What comes from the guest is led through an
/// interface of kind `ifb` first, where it leaves too: policing it instead would throw away what comes a little early, and TCP with it.
struct BandwidthCap: Sendable {
    let runner: CommandRunner

    /// Limits a tap that is there; nil takes the limit away.
    ///
    /// - Throws: `commandFailed` when the kernel lacks `ifb`, `tbf` or `mirred`, `notFound`, `timedOut`.
    func set(_ limit: Int64?, tap: String) async throws(MartletError) {
        guard let limit else { return try await lift(tap) }
        let twin = Self.twin(of: tap)
        let commands = IPCommand(runner: runner)
        if try await commands.link(twin) == nil { try await commands.batch(["link add name \(twin) type ifb"]) }
        try await commands.batch(["link set dev \(twin) up"])
        let shape = Self.shape(limit)
        // The filter is made anew each time: replacing one needs the handle that the kernel gave it.
        try await tolerant(["qdisc del dev \(tap) ingress"])
        try await run([
            "qdisc replace dev \(tap) root \(shape)", "qdisc replace dev \(twin) root \(shape)",
            "qdisc add dev \(tap) handle ffff: ingress",
            "filter add dev \(tap) parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev \(twin)",
        ])
    }

    /// Removes what stays behind of a limit when its tap is gone.
    func remove(tap: String) async throws(MartletError) {
        try await IPCommand(runner: runner).delete(Self.twin(of: tap))
    }

    private func lift(_ tap: String) async throws(MartletError) {
        try await tolerant(["qdisc del dev \(tap) ingress", "qdisc del dev \(tap) root"])
        try await remove(tap: tap)
    }

    private func run(_ commands: [String]) async throws(MartletError) {
        try await runner.runText("tc", ["-batch", "-"], input: commands.joined(separator: "\n") + "\n")
    }

    /// For taking away what may not be there.
    private func tolerant(_ commands: [String]) async throws(MartletError) {
        do throws(MartletError) {
            try await runner.runText("tc", ["-force", "-batch", "-"], input: commands.joined(separator: "\n") + "\n")
        } catch  where error.code == .commandFailed {}
    }

    static func twin(of tap: String) -> String { "\(tap)i" }

    /// The bucket holds what comes in 20 ms, and at least two of the largest packets that a guest hands over at once (64 KiB), so
    /// that none is larger than the bucket.
    static func shape(_ limit: Int64) -> String {
        let bytes = max(limit / 8 / 50, 128 << 10)
        return "tbf rate \(limit)bit burst \(bytes) latency 100ms"
    }
}
