import Glibc
import MartletClient
import MartletHost
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// `kill -9` at every step of every operation: the next daemon finishes or undoes it, and nothing leaks.
    @Suite("The daemon's death", .serialized)
    struct CrashTests {
        @Test("at any step of any operation leaves it finished or undone by the next daemon, and leaks nothing")
        func atEveryStep() async throws {
            for definition in try await withHostLab({ await $0.services.operations.catalog }) {
                for step in definition.steps {
                    for phase in [OperationFaultPoint.Phase.beforePerform, .afterPerform] {
                        try await die(at: .init(kind: definition.kind, step: step.name, phase: phase), failingStep: nil)
                    }
                }
            }
        }

        @Test("while an operation is being undone leaves it undone by the next daemon, and leaks nothing")
        func whileUndoing() async throws {
            for definition in try await withHostLab({ await $0.services.operations.catalog }) {
                if definition.goesOnAfterIrreversible { continue }
                let undoable = definition.steps.filter { !$0.isPointOfNoReturn && !$0.isIrreversible }
                guard let last = undoable.last else { continue }
                for step in undoable {
                    let point = OperationFaultPoint(kind: definition.kind, step: step.name, phase: .beforeUndo)
                    try await die(at: point, failingStep: last.name)
                }
            }
        }

        private func die(at point: OperationFaultPoint, failingStep: String?) async throws {
            let scenario = try OperationScenario.of(point.kind)
            let expected = try await Self.completed.footprint(after: scenario)
            try await withDaemonLab { lab in
                try await scenario.prepare(lab)
                let before = try await lab.footprint().comparable
                try await lab.terminate()
                try lab.startFaulty(dyingAt: point, failingStep: failingStep)
                try await lab.waitUntilItAnswers()
                // It may die before it can answer; the journal knows the operation all the same.
                _ = try? await scenario.begin(lab)
                await lab.waitForDeath()
                try await lab.start()
                let ended = try await lab.endOfNewest(point.kind)
                let after = try await lab.footprint().comparable
                #expect((ended.state == .succeeded) == (failingStep == nil), "\(point): \(ended)")
                #expect(after == (ended.state == .succeeded ? expected : before), "\(point): \(ended.state)")
                try await expectNothingRemains(lab)
            }
        }

        /// Whatever the crash left running can be turned off, and then it holds nothing any more.
        private func expectNothingRemains(_ lab: DaemonLab) async throws {
            let machines: [VirtualMachine] = try await lab.client { try await $0.listMachines() }
            for machine in machines where machine.state == .saved {
                try await lab.success(of: lab.discardMachine(machine.name))
            }
            for machine in machines where ![.off, .saved].contains(machine.state) {
                try await lab.success(of: lab.stopMachine(machine.name))
            }
            for lasting in try await lab.client({ try await $0.listSwitches() }) where lasting.kind == .external {
                try await lab.success(of: lab.deleteSwitch(lasting.name))
            }
            let footprint = try await lab.footprint()
            #expect(footprint.processes.isEmpty && footprint.interfaces.isEmpty && footprint.tables.isEmpty)
        }

        private static let completed = CompletedFootprints()
    }
}

/// What each operation leaves when nothing happens to it; found out once for each kind.
private actor CompletedFootprints {
    private var known: [MartletModel.Operation.Kind: Footprint] = [:]

    func footprint(after scenario: OperationScenario) async throws -> Footprint {
        if let found = known[scenario.kind] { return found }
        let found = try await withDaemonLab { lab in
            try await scenario.prepare(lab)
            try await lab.success(of: scenario.begin(lab))
            let footprint = try await lab.footprint().comparable
            _ = try? await lab.success(of: lab.stopMachine("subject"))
            return footprint
        }
        known[scenario.kind] = found
        return found
    }
}
