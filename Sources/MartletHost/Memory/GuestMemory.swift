import MartletModel
import MartletQEMU

/// What is known of a running guest's memory, between one look and the next.
struct GuestMemory: Sendable {
    /// What the guest was started with: the most that it can hold.
    var most: ByteCount
    /// What it was last told to hold.
    var target: ByteCount
    /// When it was last reset: what its driver told before doesn't count any more.
    var reset: Moment?
    private(set) var assigned: ByteCount
    private(set) var demanded: ByteCount?
    /// Whether its driver has told anything since it started.
    private(set) var hasDriver = false
    private var before: GuestMemoryStatistics?

    /// How old what a driver told may be; a guest that is paused or hangs tells nothing new.
    private static let longestSilence: Duration = .seconds(60)

    init(most: ByteCount, target: ByteCount) {
        self.most = most
        self.target = target
        assigned = most
    }

    /// Takes down what the balloon says at a moment.
    mutating func looked(at balloon: MemoryBalloon, now: Moment) {
        let told = Moment(milliseconds: min(max(balloon.lastUpdate, 0), 1 << 40) * 1_000)
        // A guest that was reset holds all of its memory until its driver is there again.
        let isBeforeReset = reset.map { told.milliseconds <= $0.milliseconds } ?? false
        assigned = isBeforeReset ? most : min(max(balloon.actual, ByteCount(bytes: 0)), most)
        hasDriver = !isBeforeReset && balloon.statistics != nil
        guard hasDriver, now.since(told) < Self.longestSilence, let statistics = balloon.statistics else {
            demanded = nil
            return
        }
        demanded = MemoryDemand.of(statistics, since: before, assigned: assigned)
        before = statistics
    }

    var figures: VirtualMachineFigures.Memory { .init(assigned: assigned, target: target, demanded: demanded) }

    /// What must be counted as the guest's: what it holds, and what it was told that it may.
    var held: ByteCount { max(assigned, min(target, most)) }
}
