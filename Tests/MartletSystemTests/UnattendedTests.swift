import FoundationEssentials
import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// What a host does with its machines while nobody looks, through the command line.
    @Suite("Unattended", .serialized)
    struct UnattendedTests {
        @Test("a guest's panic is told with its time, and with a restart policy the machine is started again")
        func panic() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab)
                try await guest.type("echo c > /proc/sysrq-trigger\n")
                let told = try await machine("hello", lab) { $0.status.cause?.code == "guestFailed" }
                #expect(told.state == .running && told.status.cause?.message.contains("panicked at 2") == true)
                try await lab.martletSucceeds("vm", "set", "hello", "--restart", "onFailure")
                try await lab.martletSucceeds("vm", "reset", "hello")
                #expect(try await lab.machine("hello").status.cause == nil)
                try await guest.logIn(boot: 2)
                try await guest.type("echo c > /proc/sysrq-trigger\n")
                let restarted = try await eventually(within: .seconds(300), "it is restarted") {
                    try await lab.client { try await $0.listOperations() }.first { $0.kind == "vm.restart" }
                } until: {
                    $0?.state == .succeeded
                }
                #expect(restarted?.requestedBy == "restart policy")
                #expect(try await lab.machine("hello").status.cause == nil)
            }
        }

        @Test("a QEMU that is killed is started again after a failure, and one that a person stopped stays off")
        func killed() async throws {
            try await withDaemonLab { lab in
                try await make("a", lab, "--restart", "onFailure")
                try await lab.martletSucceeds("vm", "start", "a", "--paused")
                let first = try #require(try await lab.machine("a").status.processID)
                try ProcessIdentity(processID: first).signal(SIGKILL)
                let second = try await machine("a", lab) { $0.state == .running && $0.status.processID != first }
                let newest = try #require(try await lab.client { try await $0.listOperations() }.first)
                #expect(newest.kind == "vm.start" && newest.requestedBy == "restart policy")
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                #expect(second.status.processID != nil)
                try await lab.kill9()
                try await lab.start()
                #expect(try await lab.machine("a").state == .off)
            }
        }

        @Test("a guest that powers itself off stays off, unless its policy is to always run")
        func poweredOff() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, "--restart", "onFailure")
                try await guest.type("poweroff\n")
                try await lab.martletSucceeds("vm", "wait", "hello", "--state", "off", "--timeout", "5m")
                try await lab.martletSucceeds("vm", "set", "hello", "--restart", "always")
                try await lab.martletSucceeds("vm", "start", "hello")
                let before = try #require(try await lab.machine("hello").status.processID)
                try await guest.logIn()
                try await guest.type("poweroff\n")
                _ = try await machine("hello", lab) { $0.state == .running && $0.status.processID != before }
            }
        }

        @Test("a host that goes down stops its machines as each is told, and starts those again that ran")
        func hostGoesDown() async throws {
            try await withDaemonLab { lab in
                try await make("saved", lab, "--automatic-stop", "save")
                try await make("off", lab, "--automatic-stop", "turnOff")
                try await make("asked", lab, "--automatic-stop", "shutDown", "--automatic-start", "nothing")
                try await make("idle", lab)
                try await make("always", lab, "--automatic-start", "start", "--start-delay", "1")
                try await lab.martletSucceeds("vm", "start", "saved", "off", "asked", "--paused")
                let told = try await lab.martletSucceeds("host", "stop-machines", "--timeout", "5s")
                #expect(told.contains("done"))
                let states = try await states(lab)
                let wanted: [String: VirtualMachineState] = [
                    "always": .off, "asked": .off, "idle": .off, "off": .off, "saved": .saved,
                ]
                #expect(states == wanted)
                try await lab.terminate()
                try await lab.start()
                #expect(try await self.states(lab) == states, "no boot, no start")
                try await lab.terminate()
                try await lab.startAfterBoot("another")
                _ = try await eventually("they run") {
                    try await self.states(lab)
                } until: { (now: [String: VirtualMachineState]) -> Bool in
                    ["always", "off"].allSatisfy { now[$0] == .running } && now["saved"] == .paused
                }
                #expect(try await self.states(lab)["asked"] == .off)
                #expect(try await self.states(lab)["idle"] == .off)
                let by = try await lab.client { try await $0.listOperations() }.filter { $0.kind == "vm.restore" }
                #expect(by.map(\.requestedBy) == ["automatic start"])
            }
        }

        @Test("a host that lost its power starts what ran, and not what a person had stopped")
        func powerLoss() async throws {
            try await withDaemonLab { lab in
                try await make("ran", lab)
                try await make("stopped", lab)
                try await lab.martletSucceeds("vm", "start", "ran", "stopped", "--paused")
                try await lab.martletSucceeds("vm", "stop", "stopped", "--turn-off")
                let qemu = try ProcessIdentity(processID: try #require(try await lab.machine("ran").status.processID))
                try await lab.kill9()
                try qemu.signal(SIGKILL)
                _ = await qemu.waitForExit()
                try await lab.startAfterBoot("another")
                _ = try await machine("ran", lab) { $0.state == .running }
                #expect(try await lab.machine("stopped").state == .off)
            }
        }

        @Test("fifty machines are started, saved and turned off by one command each, chosen by all or by label")
        func fifty() async throws {
            try await withDaemonLab { lab in
                for number in 1...50 {
                    try await make("m\(number)", lab, "--label", number % 10 == 0 ? "tens=yes" : "tens=no")
                }
                try await lab.martletSucceeds("vm", "start", "--all", "--paused")
                #expect(Set(try await states(lab).values) == [.paused])
                let saved = try await lab.martletSucceeds("vm", "save", "--label", "tens=yes")
                #expect(saved.split(separator: "\n").count == 5)
                let listed = try await lab.martletSucceeds("vm", "list", "--label", "tens=yes")
                #expect(listed.split(separator: "\n").count == 6)
                let mixed = try await lab.martlet("vm", "pause", "m1", "m10", "nobody")
                #expect(mixed.code != 0 && mixed.errors.contains("m10") && mixed.errors.contains("nobody"), "\(mixed)")
                try await lab.martletSucceeds("vm", "stop", "--all", "--turn-off")
                try await lab.martletSucceeds("vm", "discard", "--all")
                #expect(Set(try await states(lab).values) == [.off])
                try await lab.martletSucceeds("vm", "label", "--label", "tens=yes", "tens=", "big=yes")
                let none = try await lab.martletSucceeds("vm", "list", "--label", "tens=yes", "--output", "json")
                #expect(none.filter { !$0.isWhitespace } == "[]")
                try await lab.martletSucceeds("vm", "delete", "--all", "--disks")
                #expect(try await states(lab).isEmpty)
            }
        }

        @Test("a machine is restarted in one go, and one that doesn't obey runs on")
        func restart() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab)
                let before = try await lab.machine("hello").status.processID
                try await lab.martletSucceeds("vm", "restart", "hello", "--timeout", "5m")
                let after = try await lab.machine("hello")
                #expect(after.state == .running && after.status.processID != before)
                let refused = try await lab.martlet("vm", "restart", "hello", "--timeout", "1s")
                #expect(refused.code == 5, "\(refused)")
                #expect(try await lab.machine("hello").status.processID == after.status.processID)
                try await guest.logIn()
                try await lab.martletSucceeds("vm", "restart", "hello", "--turn-off")
                #expect(try await lab.machine("hello").status.processID != after.status.processID)
            }
        }

        private func make(_ name: String, _ lab: DaemonLab, _ options: String...) async throws {
            let create = ["vm", "create", name, "--memory", "64MiB", "--switch", "user"] + options
            let outcome = try await Programs.run("martlet", ["--root", lab.root] + create)
            #expect(outcome.code == 0, "\(outcome)")
        }

        private func machine(
            _ name: String, _ lab: DaemonLab, until isSo: (VirtualMachine) -> Bool
        ) async throws -> VirtualMachine {
            try await eventually(within: .seconds(300), "\(name) is as wanted") {
                try await lab.machine(name)
            } until: {
                isSo($0)
            }
        }

        private func states(_ lab: DaemonLab) async throws -> [String: VirtualMachineState] {
            let machines: [VirtualMachine] = try await lab.client { try await $0.listMachines() }
            return Dictionary(uniqueKeysWithValues: machines.map { ($0.name, $0.state) })
        }
    }
}
