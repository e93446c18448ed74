/// Decides how much memory each machine with dynamic memory is to have; a planner: facts in, targets out.
///
/// A machine is to have what it demands and its buffer beyond, between its minimum and its maximum. When the host hasn't enough for
/// all, every machine keeps its minimum, and what is left goes to the machines of the highest priority first; machines of one
/// priority share in proportion to what they want beyond their minimum.
///
/// Nothing is promised that another machine still holds: a machine grows into what is free now, and into what others give back once
/// they have. Memory is taken in steps, and small differences are left alone, so that targets don't flap.
package enum DynamicMemoryPlanner {
    /// What is known of one machine.
    package struct Machine: Hashable, Sendable {
        package var id: ID<VirtualMachine>
        package var settings: VirtualMachineConfiguration.DynamicMemory
        /// What its guest holds now.
        package var assigned: ByteCount
        /// What it was last told to hold.
        package var target: ByteCount
        /// What its guest demands; nil when it doesn't tell, and then its target stays.
        package var demand: ByteCount?

        package init(
            id: ID<VirtualMachine>, settings: VirtualMachineConfiguration.DynamicMemory, assigned: ByteCount,
            target: ByteCount, demand: ByteCount?
        ) {
            self.id = id
            self.settings = settings
            self.assigned = assigned
            self.target = target
            self.demand = demand
        }
    }

    /// The target of each machine.
    ///
    /// Every target lies between the machine's minimum and maximum and is a whole number of MiB. What the machines hold or are told to
    /// hold together is at most `budget`, or, where it was more before or the minimums are more, not more than that.
    /// - Parameter budget: what these machines may hold together.
    package static func targets(of machines: [Machine], budget: ByteCount) -> [ID<VirtualMachine>: ByteCount] {
        let wanted = machines.map(wanted)
        let fair = shares(of: machines, wanted, budget: budget)
        let steady = zip(machines, fair).map { machine, fair in
            fair < machine.target ? stepDown(machine, to: fair) : fair
        }
        return Dictionary(uniqueKeysWithValues: zip(machines.map(\.id), grown(machines, steady, budget: budget)))
    }

    /// What it would have on a host with memory for all.
    private static func wanted(_ machine: Machine) -> ByteCount {
        guard let demand = machine.demand else { return within(machine, machine.target) }
        let buffered = Double(demand.bytes) * (1 + Double(machine.settings.bufferInPercent) / 100)
        let wanted = within(machine, ByteCount(bytes: buffered < 0x1p60 ? Int64(buffered) : 1 << 60))
        // A twentieth up or a tenth down is no reason to move, but a bound is always reached in the end.
        let isAtBound = wanted == machine.settings.minimum || wanted == machine.settings.maximum
        let (low, high) = (machine.target.bytes / 10 * 9, machine.target.bytes / 20 * 21)
        let isClose = (low...max(low, high)).contains(wanted.bytes)
        return isClose && !isAtBound ? within(machine, machine.target) : wanted
    }

    /// What each may have of the budget: its minimum, and of the rest by priority.
    private static func shares(of machines: [Machine], _ wanted: [ByteCount], budget: ByteCount) -> [ByteCount] {
        let least = machines.map(\.settings.minimum)
        let extra = zip(wanted, least).map { $0 - $1 }
        let free = budget - least.reduce(ByteCount(bytes: 0), +)
        return zip(least, distribute(free, among: extra, by: machines.map(\.settings.priority))).map {
            mebibytes($0 + $1)
        }
    }

    /// Growth goes into what nobody holds: what is being taken back from another counts as the other's until it is free.
    private static func grown(_ machines: [Machine], _ targets: [ByteCount], budget: ByteCount) -> [ByteCount] {
        let held = machines.map { max($0.assigned, $0.settings.minimum) }
        let growth = zip(targets, held).map { max($0 - $1, ByteCount(bytes: 0)) }
        let free = budget - held.reduce(ByteCount(bytes: 0), +)
        let granted = distribute(free, among: growth, by: machines.map(\.settings.priority))
        return machines.indices.map { index in
            growth[index].bytes == 0 ? targets[index] : mebibytes(held[index] + granted[index])
        }
    }

    /// Gives everybody what they want, the highest priority first; the first priority that can't have it all shares what is left.
    private static func distribute(_ free: ByteCount, among wanted: [ByteCount], by priority: [Int]) -> [ByteCount] {
        var free = max(free, ByteCount(bytes: 0))
        var granted = wanted.map { _ in ByteCount(bytes: 0) }
        for level in Set(priority).sorted(by: >) {
            let members = wanted.indices.filter { priority[$0] == level }
            let sum = members.reduce(ByteCount(bytes: 0)) { $0 + wanted[$1] }
            guard sum.bytes > 0 else { continue }
            let share = min(1, Double(free.bytes) / Double(sum.bytes))
            for index in members {
                granted[index] =
                    share == 1 ? wanted[index] : ByteCount(bytes: Int64(Double(wanted[index].bytes) * share))
            }
            free = max(free - sum, ByteCount(bytes: 0))
        }
        return granted
    }

    /// An eighth of what it has, and 64 MiB at least: a guest must find what it drops, and may need it again a moment later.
    private static func stepDown(_ machine: Machine, to goal: ByteCount) -> ByteCount {
        let step = max(ByteCount(bytes: machine.target.bytes / 8), .mebibytes(64))
        return within(machine, mebibytes(max(goal, machine.target - step)))
    }

    private static func within(_ machine: Machine, _ memory: ByteCount) -> ByteCount {
        min(max(memory, machine.settings.minimum), machine.settings.maximum)
    }

    /// Whole MiB, downwards: minimums and maximums are whole MiB, so a bound stays where it is.
    private static func mebibytes(_ memory: ByteCount) -> ByteCount { ByteCount(bytes: (memory.bytes >> 20) << 20) }
}
