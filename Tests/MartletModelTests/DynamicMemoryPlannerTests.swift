import MartletModel
import Testing

@Suite("The planner of dynamic memory")
struct DynamicMemoryPlannerTests {
    typealias Machine = DynamicMemoryPlanner.Machine

    private func machine(
        _ number: Int, _ bounds: ClosedRange<Int64> = 256...2_048, assigned: Int64 = 512, target: Int64? = nil,
        demand: Int64? = nil, buffer: Int = 20, priority: Int = 50
    ) throws -> Machine {
        let id: ID<VirtualMachine> = try #require(ID("00000000-0000-4000-8000-00000000000\(number)"))
        return Machine(
            id: id,
            settings: .init(
                minimum: .mebibytes(bounds.lowerBound), maximum: .mebibytes(bounds.upperBound), bufferInPercent: buffer,
                priority: priority),
            assigned: .mebibytes(assigned), target: .mebibytes(target ?? assigned),
            demand: demand.map(ByteCount.mebibytes))
    }

    private func targets(_ machines: [Machine], budget: Int64 = 1 << 20) -> [Int64] {
        let targets = DynamicMemoryPlanner.targets(of: machines, budget: .mebibytes(budget))
        return machines.map { (targets[$0.id]?.bytes ?? -1) >> 20 }
    }

    @Test("a machine gets its demand and its buffer, between its minimum and its maximum")
    func demand() throws {
        #expect(try targets([machine(1, demand: 1_000)]) == [1_200])
        #expect(try targets([machine(1, demand: 1_000, buffer: 50)]) == [1_500])
        #expect(try targets([machine(1, demand: 5_000)]) == [2_048])
        #expect(try targets([machine(1, assigned: 300, demand: 1)]) == [256])
    }

    @Test("memory is taken in steps, and is at the minimum in the end")
    func steps() throws {
        var target: Int64 = 2_048
        var rounds = 0
        while target > 256, rounds < 100 {
            let next = try targets([machine(1, assigned: target, demand: 10)])[0]
            #expect(next < target && target - next <= max(64, target / 8 + 1))
            target = next
            rounds += 1
        }
        #expect(target == 256)
    }

    @Test("a demand that wavers by a few percent moves nothing")
    func hysteresis() throws {
        for demand in Int64(392)...444 { #expect(try targets([machine(1, assigned: 512, demand: demand)]) == [512]) }
    }

    @Test("a guest that tells nothing keeps what it has")
    func silence() throws {
        #expect(try targets([machine(1, assigned: 700)]) == [700])
        #expect(try targets([machine(1, assigned: 4_000, target: 4_000)]) == [2_048])
    }

    @Test("when there is too little, the highest priority gets all that it wants, and equals share")
    func priority() throws {
        let machines = try [
            machine(1, assigned: 256, demand: 1_000, priority: 10),
            machine(2, assigned: 256, demand: 1_000, priority: 90),
            machine(3, assigned: 256, demand: 1_000, priority: 10),
        ]
        #expect(targets(machines, budget: 256 * 3 + 1_144) == [356, 1_200, 356])
        #expect(targets(machines, budget: 256 * 3 + 400) == [256, 656, 256])
        #expect(targets(machines, budget: 0) == [256, 256, 256])
    }

    @Test("a machine grows into what another gives back only once that is free")
    func notYetFree() throws {
        let greedy = try machine(1, assigned: 256, demand: 1_000)
        let leaving = try machine(2, assigned: 1_024, demand: 100)
        #expect(targets([greedy, leaving], budget: 1_280) == [256, 896])
        let left = try machine(2, assigned: 896, demand: 100)
        #expect(targets([greedy, left], budget: 1_280) == [384, 784])
    }

    @Test("for any facts: within the bounds, whole MiB, and never more promised than is free or was held before")
    func properties() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3_000 {
            let machines = try (1...Int.random(in: 1...6, using: &random)).map { number in
                let least = Int64.random(in: 16...2_000, using: &random)
                let most = least + Int64.random(in: 0...4_000, using: &random)
                return try machine(
                    number, least...most, assigned: .random(in: 0...most, using: &random),
                    target: .random(in: least...most, using: &random),
                    demand: Bool.random(using: &random) ? .random(in: 0...(1 << 40), using: &random) : nil,
                    buffer: .random(in: 5...2_000, using: &random), priority: .random(in: 0...3, using: &random))
            }
            let budget = ByteCount.mebibytes(.random(in: -1_000...20_000, using: &random))
            let plan = DynamicMemoryPlanner.targets(of: machines, budget: budget)
            var held = ByteCount(bytes: 0)
            var before = ByteCount(bytes: 0)
            for machine in machines {
                let target = try #require(plan[machine.id])
                #expect(machine.settings.minimum <= target && target <= machine.settings.maximum)
                #expect(target.bytes % (1 << 20) == 0)
                held = held + max(target, machine.assigned)
                before = before + max(machine.assigned, machine.settings.minimum)
            }
            #expect(held <= max(budget, before))
        }
    }

    @Test("with the same facts again nothing moves: a plan that was carried out is kept")
    func stable() throws {
        let machine = try machine(1, assigned: 512, demand: 1_000)
        let first = targets([machine])[0]
        #expect(try targets([self.machine(1, assigned: first, demand: 1_000)]) == [first])
    }
}

@Suite("What a guest demands")
struct MemoryDemandTests {
    private let assigned = ByteCount.mebibytes(512)

    @Test("demand is what is assigned and not available")
    func used() {
        #expect(MemoryDemand.of(.init(available: .mebibytes(400)), assigned: assigned) == .mebibytes(112))
        #expect(MemoryDemand.of(.init(available: nil), assigned: assigned) == nil)
    }

    @Test("what went to the swap space since the last look is demanded too")
    func swapped() {
        let before = GuestMemoryStatistics(
            available: .mebibytes(10), swappedOut: .mebibytes(100), swappedIn: .mebibytes(50))
        let now = GuestMemoryStatistics(
            available: .mebibytes(12), swappedOut: .mebibytes(180), swappedIn: .mebibytes(60))
        #expect(MemoryDemand.of(now, since: before, assigned: assigned) == .mebibytes(570))
        #expect(MemoryDemand.of(before, since: now, assigned: assigned) == .mebibytes(502))
    }

    @Test("whatever a hostile guest tells, demand is between nothing and twice what it holds")
    func hostile() {
        let values: [Int64] = [.min, -1, 0, 1, 1 << 30, 1 << 60, .max]
        for available in values {
            for out in values {
                for back in values {
                    let told = GuestMemoryStatistics(
                        available: ByteCount(bytes: available), swappedOut: ByteCount(bytes: out),
                        swappedIn: ByteCount(bytes: back))
                    for before in [
                        nil, told, GuestMemoryStatistics(available: nil, swappedOut: ByteCount(bytes: .min)),
                    ] {
                        let demand = MemoryDemand.of(told, since: before, assigned: assigned)?.bytes ?? -1
                        #expect((0...assigned.bytes * 2).contains(demand))
                    }
                }
            }
        }
    }
}

@Suite("Resources")
struct ResourceTests {
    private func configuration(memory: Int64 = 512, cpus: Int = 2) throws -> VirtualMachineConfiguration {
        VirtualMachineConfiguration(
            id: try #require(ID("00000000-0000-4000-8000-000000000001")), name: "a", generation: .direct,
            machineType: "q35", memory: .mebibytes(memory), cpus: cpus, secureBoot: false, directBoot: nil, disks: [],
            adapters: [], created: Moment(milliseconds: 0), folder: "f")
    }

    @Test("processors are reserved up to what the host has, and the error says what is free")
    func reservation() throws {
        try ProcessorAdmission.admit(150, reserved: 50, cpus: 2)
        let error = #expect(throws: MartletError.self) {
            try ProcessorAdmission.admit(151, reserved: 50, cpus: 2)
        }
        #expect(error?.code == .insufficientProcessors)
        #expect(error?.message.contains("reserves 1.51 of the host's processors and 1.50 of 2 are free") == true)
        var reserving = try configuration(cpus: 4)
        reserving.processor.reservationInPercent = 25
        #expect(ProcessorAdmission.reserved(by: reserving) == 100)
    }

    @Test("static memory may change while the guest runs, up to what it was started with")
    func staticMemory() throws {
        let started = try configuration()
        var less = started
        less.memory = .mebibytes(256)
        #expect(started.changesThatNeedOff(in: less).isEmpty)
        let kept = less.keepingGuestMemory(of: started)
        #expect(kept.startedMemory == .mebibytes(512))
        #expect(kept.changesThatNeedOff(in: started).isEmpty)
        #expect(started.keepingGuestMemory(of: kept).startedMemory == nil)
        var more = kept
        more.memory = .mebibytes(513)
        #expect(kept.changesThatNeedOff(in: more) == ["more memory than it was started with"])
    }

    @Test("of dynamic memory the bounds may change while the guest runs, the maximum up to what it was started with")
    func dynamicMemory() throws {
        var started = try configuration()
        started.dynamicMemory = .init(minimum: .mebibytes(256), maximum: .mebibytes(1_024))
        var changed = started
        changed.dynamicMemory = .init(
            minimum: .mebibytes(128), maximum: .mebibytes(768), bufferInPercent: 50, priority: 90)
        #expect(started.changesThatNeedOff(in: changed).isEmpty)
        #expect(changed.keepingGuestMemory(of: started).guestMemory == .mebibytes(1_024))
        changed.dynamicMemory?.maximum = .mebibytes(2_048)
        changed.memory = .mebibytes(300)
        #expect(
            started.changesThatNeedOff(in: changed) == [
                "the memory at start of dynamic memory", "more memory than it was started with",
            ])
    }

    @Test("dynamic memory and nested virtualization are refused together, by name")
    func nested() throws {
        var configuration = try configuration()
        configuration.dynamicMemory = .init(minimum: .mebibytes(256), maximum: .mebibytes(512))
        try VirtualMachineRules.check(configuration)
        configuration.processor.nested = true
        let nested = configuration
        let error = #expect(throws: MartletError.self) { try VirtualMachineRules.check(nested) }
        #expect(error?.code == .contradictory)
    }

    @Test("emulation is counted beside the guest's memory: a quarter of it, within bounds")
    func overhead() {
        func overhead(_ memory: Int64, _ accelerator: Accelerator = .tcg) -> Int64 {
            MemoryAdmission.overhead(of: .mebibytes(memory), by: accelerator).bytes >> 20
        }
        #expect(overhead(64) == 32)
        #expect(overhead(512) == 128)
        #expect(overhead(8_192) == 256)
        #expect(overhead(8_192, .kvm) == 0)
    }
}
