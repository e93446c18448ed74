import FoundationEssentials
import MartletHost
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Takes every operation that a host knows, without a list, through what could go wrong in its own process.
    /// The daemon's death at each step is in the system tests.
    @Suite("Every operation", .serialized)
    struct OperationHarnessTests {
        @Test("has a scenario, and names its steps differently")
        func catalogue() async throws {
            try await withHostLab { lab in
                let catalogue = await lab.services.operations.catalog
                #expect(!catalogue.isEmpty)
                for definition in catalogue {
                    _ = try OperationScenario.of(definition.kind)
                    #expect(Set(definition.steps.map(\.name)).count == definition.steps.count)
                }
            }
        }

        @Test("has a row in docs/operations.md, with its steps")
        func page() async throws {
            let page = try String(contentsOfFile: "\(Programs.repository)/docs/operations.md", encoding: .utf8)
            let rows = page.split(separator: "\n")
            for definition in try await definitions() {
                let steps = definition.steps.map { step in
                    let mark = step.isPointOfNoReturn ? " (no return)" : step.isIrreversible ? " (irreversible)" : ""
                    return step.name + mark
                }
                let row = "| `\(definition.kind)` | \(steps.joined(separator: "; ")) |"
                #expect(rows.contains { $0.hasPrefix(row) }, "\(row)")
            }
        }

        @Test("succeeds when each step is performed twice, and leaves what one performance leaves")
        func twice() async throws {
            for kind in try await kinds() {
                let once = try await footprintAfter(kind, repetitions: 1)
                let twice = try await footprintAfter(kind, repetitions: 2)
                #expect(once == twice, "\(kind)")
            }
        }

        @Test(
            "that fails at a step undoes everything, also when each undo runs twice, or finishes past its point of no return"
        )
        func failures() async throws {
            for definition in try await definitions() {
                for step in definition.steps {
                    for phase in [OperationFaultPoint.Phase.beforePerform, .afterPerform] {
                        let point = OperationFaultPoint(kind: definition.kind, step: step.name, phase: phase)
                        if definition.isDown(at: step, phase) {
                            try await expectDown(after: point)
                            continue
                        }
                        let stays = step.isPointOfNoReturn || (step.isIrreversible && phase == .afterPerform)
                        try await fail(at: point, step, staysDone: stays)
                    }
                }
            }
        }

        @Test("that fails can be begun again and then succeeds")
        func again() async throws {
            for definition in try await definitions() where !definition.goesOnAfterIrreversible {
                guard let last = definition.steps.last(where: { !$0.isPointOfNoReturn && !$0.isIrreversible }) else {
                    continue
                }
                let faults = ScriptedFaults()
                try await withHostLab(faults: faults) { lab in
                    let scenario = try OperationScenario.of(definition.kind)
                    try await scenario.prepare(lab)
                    faults.set(failing: .init(kind: definition.kind, step: last.name, phase: .afterPerform))
                    #expect(try await lab.end(of: scenario.begin(lab)).state == .failed)
                    faults.set(failing: nil)
                    try await lab.success(of: scenario.begin(lab))
                }
            }
        }

        @Test("a disk that a guest that stands still can't let go of stays the machine's, until it is off")
        func keptDisk() async throws {
            let faults = ScriptedFaults()
            try await withHostLab(faults: faults) { lab in
                let scenario = try OperationScenario.of("disk.attach")
                try await scenario.prepare(lab)
                try await lab.success(of: lab.startMachine("subject"))
                faults.set(failing: .init(kind: "disk.attach", step: "plug it in", phase: .afterPerform))
                let ended = try await lab.end(of: scenario.begin(lab))
                faults.set(failing: nil)
                #expect(ended.state == .failed && ended.messages.contains { $0.contains("keeps the disk") }, "\(ended)")
                let machine = try #require(lab.machines.list().first)
                #expect(machine.configuration.disks.count == 2)
                try await lab.success(of: lab.stopMachine("subject"))
                try await lab.success(of: lab.detachDisk("existing", .init()))
                try await lab.success(of: scenario.begin(lab))
            }
        }

        /// What was irreversible stays, as a guest that shut down, and everything after it is undone: the machine is off and holds nothing.
        private func expectDown(after point: OperationFaultPoint) async throws {
            let faults = ScriptedFaults()
            try await withHostLab(faults: faults) { lab in
                let scenario = try OperationScenario.of(point.kind)
                try await scenario.prepare(lab)
                faults.set(failing: point, repetitions: 2)
                let ended = try await lab.end(of: scenario.begin(lab))
                #expect(ended.state == .failed, "\(point): \(ended)")
                faults.set(failing: nil)
                let left = try await lab.footprint()
                #expect(left.processes.isEmpty && left.interfaces.isEmpty && left.tables.isEmpty, "\(point): \(left)")
                #expect(lab.machines.list().allSatisfy { $0.state == .off && $0.status.cause != nil }, "\(point)")
                try await lab.success(of: lab.startMachine("subject"))
            }
        }

        private func fail(at point: OperationFaultPoint, _ step: OperationStep, staysDone: Bool) async throws {
            let faults = ScriptedFaults()
            try await withHostLab(faults: faults) { lab in
                let scenario = try OperationScenario.of(point.kind)
                try await scenario.prepare(lab)
                let before = try await lab.footprint()
                faults.set(failing: point, repetitions: 2)
                let ended = try await lab.end(of: scenario.begin(lab))
                #expect(faults.reachedPoints.contains(point), "\(point)")
                #expect(ended.state == (step.isPointOfNoReturn ? .succeeded : .failed), "\(point): \(ended)")
                if staysDone {
                    let after = try await lab.footprint().comparable
                    let expected = try await footprintAfter(point.kind, repetitions: 1)
                    #expect(after == expected, "\(point)")
                    return
                }
                #expect(try await lab.footprint() == before, "\(point)")
                #expect(ended.error?.message.contains("made to fail") == true)
                #expect(ended.steps.allSatisfy { $0.state == .waiting || $0.state == .undone }, "\(point): \(ended)")
            }
        }

        private func footprintAfter(_ kind: Operation.Kind, repetitions: Int) async throws -> Footprint {
            let faults = ScriptedFaults()
            return try await withHostLab(faults: faults) { lab in
                let scenario = try OperationScenario.of(kind)
                try await scenario.prepare(lab)
                faults.set(failing: nil, repetitions: repetitions)
                try await lab.success(of: scenario.begin(lab))
                return try await lab.footprint().comparable
            }
        }

        private func definitions() async throws -> [OperationDefinition] {
            try await withHostLab { await $0.services.operations.catalog }
        }

        private func kinds() async throws -> [Operation.Kind] { try await definitions().map(\.kind) }
    }
}
