import FoundationEssentials
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Memory and processors of real guests, through the command line.
    @Suite("Resources", .serialized)
    struct ResourceTests {
        /// Emulated guests on a busy machine take their time.
        private static let patience: Duration = .seconds(180)

        @Test("dynamic memory follows what the guest demands, up and down, past a daemon that was killed")
        func dynamicMemory() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start(
                    "hello", on: lab, "--memory", "256MiB", "--memory-minimum", "160MiB", "--memory-maximum", "640MiB")
                _ = try await memory(lab, "the balloon took what the guest doesn't need") {
                    $0.assigned < .mebibytes(300)
                }
                try await guest.run(
                    "mount -t tmpfs -o size=500m none /mnt && dd if=/dev/zero of=/mnt/f bs=1M count=300")
                let grown = try await memory(lab, "the guest got what it demands") { $0.assigned > .mebibytes(380) }
                #expect((grown.demanded ?? grown.assigned) > .mebibytes(300))
                try await lab.kill9()
                try await lab.start()
                try await guest.run("rm /mnt/f")
                _ = try await memory(lab, "what it doesn't need was taken again") { $0.assigned < .mebibytes(300) }
                // A quarter of the maximum is the emulator's.
                _ = try await eventually(within: Self.patience, "the host counts what the guest holds") {
                    try await lab.client { try await $0.getHost().memoryAssigned }
                } until: {
                    $0 < .mebibytes(300 + 160)
                }
            }
        }

        @Test("memory of a running guest is taken back and given again; what it doesn't give is told")
        func staticMemory() async throws {
            try await withDaemonLab { lab in
                _ = try await GuestConsole.start("hello", on: lab, "--memory", "512MiB")
                try await lab.martletSucceeds("vm", "set", "hello", "--memory", "256MiB")
                _ = try await memory(lab, "256 MiB are left") { $0.assigned == .mebibytes(256) }
                let much = try await lab.martlet("vm", "set", "hello", "--memory", "32MiB")
                #expect(much.code == 1, "\(much)")
                #expect(much.errors.contains("were taken back; the guest holds the rest"), "\(much)")
                #expect(try await lab.machine("hello").configuration.memory == .mebibytes(32))
                try await lab.martletSucceeds("vm", "set", "hello", "--memory", "512MiB")
                let more = try await lab.martlet("vm", "set", "hello", "--memory", "1GiB")
                #expect(more.code == 4, "\(more)")
                #expect(more.errors.contains("more memory than it was started with"), "\(more)")
                try await lab.martletSucceeds("vm", "stop", "hello", "--turn-off")
                try await lab.martletSucceeds("vm", "set", "hello", "--memory", "1GiB")
            }
        }

        @Test("a guest without a balloon driver keeps its memory, and the answer says why")
        func noDriver() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds("vm", "create", "firmware", "--memory", "256MiB", "--switch", "user")
                try await lab.martletSucceeds("vm", "start", "firmware")
                let outcome = try await lab.martlet("vm", "set", "firmware", "--memory", "128MiB")
                #expect(outcome.code == 1, "\(outcome)")
                #expect(outcome.errors.contains("0 B of 128 MiB were taken back"), "\(outcome)")
                #expect(outcome.errors.contains("it may have none"), "\(outcome)")
                let machine = try await lab.machine("firmware")
                #expect(machine.figures?.memory?.assigned == .mebibytes(256))
                #expect(machine.figures?.memory?.demanded == nil)
            }
        }

        @Test("processors are reserved when a machine starts, and given back when it stops")
        func reservation() async throws {
            try await withDaemonLab { lab in
                let cpus = try await lab.client { try await $0.getHost().cpus }
                for name in ["first", "second"] {
                    try await lab.martletSucceeds(
                        "vm", "create", name, "--memory", "64MiB", "--cpus", "\(cpus)", "--cpu-reservation", "60",
                        "--switch", "user")
                }
                try await lab.martletSucceeds("vm", "start", "first", "--paused")
                let refused = try await lab.martlet("vm", "start", "second", "--paused")
                #expect(refused.code == 1 && refused.errors.contains("are free"), "\(refused)")
                let more = try await lab.martlet("vm", "set", "second", "--cpu-reservation", "40")
                #expect(more.code == 0, "\(more)")
                try await lab.martletSucceeds("vm", "start", "second", "--paused")
                let online = try await lab.martlet("vm", "set", "second", "--cpu-reservation", "41")
                #expect(online.code == 1 && online.errors.contains("reserves"), "\(online)")
                try await lab.martletSucceeds("vm", "stop", "first", "--turn-off")
                try await lab.martletSucceeds("vm", "set", "second", "--cpu-reservation", "100")
            }
        }

        @Test("a machine is held to its processor limit, or its start says why it can't be")
        func limit() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", "held", "--memory", "64MiB", "--cpus", "2", "--cpu-limit", "25", "--cpu-weight",
                    "300",
                    "--switch", "user")
                try await lab.martletSucceeds("vm", "start", "held", "--paused")
                let start = try await lab.endOfNewest("vm.start")
                let machine = try await lab.machine("held")
                guard let groups = try? ControlGroups.ready() else {
                    #expect(start.messages.contains { $0.contains("processor weight and limit have no effect here") })
                    let check = try await lab.martlet("host", "check")
                    #expect(check.output.contains("processor weights and limits have no effect"), "\(check)")
                    return
                }
                let group = "\(groups.folder)/\(machine.id)"
                #expect(try BoundedFile.readText("\(group)/cpu.max") == "50000 100000\n")
                #expect(try BoundedFile.readText("\(group)/cpu.weight") == "300\n")
                try await lab.martletSucceeds("vm", "set", "held", "--cpu-limit", "100")
                #expect(try BoundedFile.readText("\(group)/cpu.max") == "max 100000\n")
                try await lab.martletSucceeds("vm", "stop", "held", "--turn-off")
                #expect(!FileEntry.exists(group))
            }
        }

        @Test("a list shows what a machine uses, and a machine that is off uses nothing")
        func figures() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, "--disk", "64MiB")
                try await lab.martletSucceeds("vm", "create", "idle", "--memory", "64MiB", "--switch", "user")
                try await guest.run("dd if=/dev/vda of=/dev/null bs=1M count=8")
                // A look of a second ago, taken for the samples, is told again.
                let machine = try await eventually("what was read is seen") {
                    try await lab.machine("hello")
                } until: {
                    $0.figures?.disks.first?.readBytes ?? 0 >= 8 << 20
                }
                let figures = try #require(machine.figures)
                #expect(figures.processorSeconds > 0)
                #expect(figures.resident > .mebibytes(64))
                #expect(figures.memory?.assigned == .mebibytes(256))
                let list = try await lab.martletSucceeds("vm", "list").split(separator: "\n")
                #expect(list.contains { $0.contains("hello") && $0.contains("%") && $0.contains("256 MiB") })
                #expect(list.contains { $0.contains("idle") && !$0.contains("%") })
                let show = try await lab.martletSucceeds("vm", "show", "hello")
                for text in ["Processors\n", "Memory\n", "hello-1", "on switch user"] {
                    #expect(show.contains(text), "\(show)")
                }
            }
        }

        private func memory(
            _ lab: DaemonLab, _ what: String, until holds: (VirtualMachineFigures.Memory) -> Bool
        ) async throws -> VirtualMachineFigures.Memory {
            let machine = try await eventually(within: Self.patience, what) {
                try await lab.machine("hello").figures
            } until: { figures in
                figures?.memory.map(holds) ?? false
            }
            return try #require(machine?.memory)
        }
    }
}
