import MartletHost
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

@Suite("The keeper of samples")
struct SampleKeeperTests {
    private func file(_ lab: HostLab, _ machine: VirtualMachine) -> String {
        "\(lab.scratch.path)/samples/\(machine.id).samples"
    }

    /// A minute of looks, and then the next interval.
    private func minute(_ lab: HostLab, _ clock: TestClock) async {
        for _ in 0..<6 {
            clock.pass(seconds: 10)
            await lab.services.samples.look()
        }
    }

    @Test("a running machine's samples are kept in a file of a fixed size, follow its name, and go with it")
    func kept() async throws {
        let clock = TestClock()
        try await withHostLab(environment: clock.environment) { lab in
            let machine = try await lab.start(try await lab.make("a", switches: []))
            await minute(lab, clock)
            let size = try FileEntry.size(file(lab, machine))
            #expect(size.bytes == Int64(SampleFile.size))
            let hour = await lab.services.samples.history(of: machine.id, .hour)
            #expect(hour.memoryAssigned.compactMap(\.self).count >= 5)
            for span in [SampleSpan.day, .week] {
                let history = await lab.services.samples.history(of: machine.id, span)
                #expect(history.memoryAssigned.last == hour.memoryAssigned.compactMap(\.self).last)
            }
            let host = await lab.services.samples.hostHistory(.hour)
            #expect(host.processorPercent.contains { $0 != nil } && host.memoryDemanded.contains { ($0 ?? 0) > 0 })
            await minute(lab, clock)
            #expect(try FileEntry.size(file(lab, machine)) == size)

            try AtomicFile.write([UInt8](repeating: 0xA5, count: SampleFile.size), to: file(lab, machine), mode: 0o600)
            #expect(await lab.services.samples.history(of: machine.id, .day).memoryAssigned.allSatisfy { $0 == nil })
            await minute(lab, clock)
            #expect(await lab.services.samples.history(of: machine.id, .hour).memoryAssigned.contains { $0 != nil })

            try await lab.success(of: lab.stopMachine("a"))
            try await lab.success(of: lab.deleteMachine("a"))
            await lab.services.samples.look()
            #expect(!FileEntry.exists(file(lab, machine)))
        }
    }
}
