import FoundationEssentials
import MartletModel
import Testing

@Suite("What happens to machines by itself")
struct AutomaticTests {
    @Test("starts in a row wait twice as long each, up to five minutes, and begin anew after ten minutes of running")
    func backoff() {
        var backoff = RestartBackoff()
        let waits = (0..<11).map { _ in backoff.ended(.failed, policy: .onFailure, ranFor: .seconds(5)) }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map { Duration.seconds($0) })
        #expect(backoff.ended(.failed, policy: .onFailure, ranFor: .seconds(600)) == .seconds(1))
        #expect(backoff.ended(.panicked, policy: .always, ranFor: .seconds(599)) == .seconds(2))
        backoff.reset()
        #expect(backoff.ended(.failed, policy: .always, ranFor: .zero) == .seconds(1))
    }

    @Test("the policies differ in what they start after", arguments: RestartBackoff.End.allCases)
    func policies(end: RestartBackoff.End) {
        #expect(!RestartBackoff.restarts(end, .never))
        #expect(RestartBackoff.restarts(end, .onFailure) == (end != .poweredOff))
        #expect(RestartBackoff.restarts(end, .always))
    }

    @Test("a very long row of starts never waits for longer than the longest time")
    func endless() {
        var backoff = RestartBackoff()
        for _ in 0..<10_000 {
            let wait = backoff.ended(.failed, policy: .always, ranFor: .zero)
            #expect((wait ?? .zero) <= RestartBackoff.longest)
        }
    }

    @Test("a host that booted starts what it was told to and what ran, in the order of their delays")
    func plan() {
        let machines = [
            machine("never", .nothing, wanted: true), machine("late", .start, delay: 30),
            machine("ran", .startIfRunning),
            machine("stopped", .startIfRunning), machine("always", .start), machine("alive", .start, state: .running),
            machine("saved", .startIfRunning, state: .saved),
        ]
        let wanted = Set(machines.filter { ["never", "ran", "saved", "alive"].contains($0.name) }.map(\.id))
        let plan = AutomaticStartPlan(machines, wanted: wanted)
        let names = plan.entries.compactMap { entry in machines.first { $0.id == entry.machine }?.name }
        #expect(names == ["always", "ran", "saved", "late"])
        #expect(plan.entries.map(\.delayInSeconds) == [0, 0, 0, 30])
    }

    @Test("labels choose by name, and by value where one is given")
    func selectors() throws {
        let labels = ["env": "test", "empty": ""]
        #expect(try LabelSelector("env").admits(labels))
        #expect(try LabelSelector("env=test").admits(labels))
        #expect(try !LabelSelector("env=").admits(labels))
        #expect(try LabelSelector("empty=").admits(labels))
        #expect(try !LabelSelector("Env=test").admits(labels))
        #expect(throws: MartletError.self) { try LabelSelector("=x") }
        #expect(throws: MartletError.self) { try LabelSelector("") }
    }

    private func machine(
        _ name: String, _ action: VirtualMachineConfiguration.AutomaticStart.Action, delay: Int = 0,
        state: VirtualMachineState = .off, wanted: Bool = false
    ) -> VirtualMachine {
        let time = Moment(milliseconds: 0)
        var configuration = VirtualMachineConfiguration(
            id: ID(UUID()), name: name, generation: .uefi, machineType: "q", memory: .mebibytes(64), cpus: 1,
            secureBoot: true, directBoot: nil, disks: [], adapters: [], created: time, folder: "machines/\(name)"
        )
        configuration.automaticStart = .init(action: action, delayInSeconds: delay)
        return VirtualMachine(
            configuration: configuration, status: VirtualMachineStatus(state: state, since: time), revision: 1)
    }
}
