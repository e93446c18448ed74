import FoundationEssentials
import Glibc
import MartletClient
import MartletHost
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// What goes wrong around a daemon, as its users see it.
    @Suite("When things go wrong")
    struct RobustnessTests {
        @Test(
            "a QEMU that never answers is shown as failed after the daemon's restart, and comes back when it answers again"
        )
        func muteQEMU() async throws {
            try await withDaemonLab { lab in
                let machine = try await startedMachine(lab)
                let qemu = try ProcessIdentity(processID: try #require(machine.status.processID))
                try await lab.kill9()
                try qemu.signal(SIGSTOP)
                try await lab.start()
                let mute = try await lab.machine("a")
                #expect(mute.state == .failed)
                #expect(mute.status.cause?.message.contains("does not answer") == true)
                let refused = try await lab.martlet("vm", "start", "a")
                #expect(refused.code == 4, "\(refused)")
                try qemu.signal(SIGCONT)
                let back = try await eventually("it answers again") {
                    try await lab.machine("a")
                } until: {
                    $0.state == .paused
                }
                #expect(back.status.processID == qemu.processID)
            }
        }

        @Test("a QEMU that never answers can be turned off all the same, and then holds nothing")
        func turnOffMuteQEMU() async throws {
            try await withDaemonLab { lab in
                let machine = try await startedMachine(lab)
                let qemu = try ProcessIdentity(processID: try #require(machine.status.processID))
                try await lab.kill9()
                try qemu.signal(SIGSTOP)
                try await lab.start()
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                #expect(!qemu.isAlive)
                #expect(try await lab.footprint().processes.isEmpty)
                try await lab.martletSucceeds("vm", "start", "a", "--paused")
            }
        }

        @Test(
            "a QEMU that is killed is told with its cause and the end of its log, and its machine can be started again")
        func killedQEMU() async throws {
            try await withDaemonLab { lab in
                let machine = try await startedMachine(lab)
                try ProcessIdentity(processID: try #require(machine.status.processID)).signal(SIGKILL)
                try await lab.martletSucceeds("vm", "wait", "a", "--state", "failed", "--timeout", "1m")
                let shown = try await lab.martletSucceeds("vm", "show", "a")
                #expect(shown.contains("signal 9"), "\(shown)")
                try await lab.martletSucceeds("vm", "start", "a", "--paused")
            }
        }

        @Test(
            "names with spaces, other scripts and signs work everywhere",
            arguments: ["my machine", "仮想 ☃", "a%2Fb?c#d", "a,b=c"])
        func names(name: String) async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", name, "--memory", "64MiB", "--switch", "user", "--disk", "1MiB")
                try await lab.martletSucceeds("vm", "start", name, "--paused")
                #expect(try await lab.machine(name).state == .paused)
                try await lab.martletSucceeds("vm", "stop", name, "--turn-off")
                try await lab.martletSucceeds("disk", "show", "\(name)-1")
                try await lab.martletSucceeds("vm", "delete", name, "--disks")
                #expect(try lab.scratch.tree().filter { $0.hasPrefix("machines/") || $0.hasPrefix("disks/") }.isEmpty)
            }
        }

        @Test("names that can't be are refused with the reason, and nothing is made")
        func badNames() async throws {
            try await withDaemonLab { lab in
                for name in [
                    "../x", "..", " a", String(repeating: "x", count: 1_000),
                    "a\u{0}b".replacing("\u{0}", with: "\u{7}"),
                ] {
                    let outcome = try await lab.martlet("vm", "create", name)
                    #expect(outcome.code == 2, "\(outcome)")
                }
                #expect(
                    try await lab.martletSucceeds("vm", "list", "--output", "json").filter { !$0.isWhitespace } == "[]")
                #expect(try !FileEntry.names(in: "\(lab.root)/..").contains("x"))
            }
        }

        @Test(
            "a full disk refuses new work with the reason, loses nothing, and is no trouble any more once there is room"
        )
        func fullDisk() async throws {
            try await FullDisk.withLab(sizeInMebibytes: 24) { lab in
                let kept = try await startedMachine(lab)
                try FullDisk.fill(lab.root)
                let refused = try await lab.martlet("vm", "create", "b", "--memory", "64MiB", "--disk", "1GiB")
                #expect(refused.code != 0, "\(refused)")
                #expect(refused.errors.contains("space") || refused.errors.contains("full"), "\(refused)")
                #expect(try await lab.machine("a").status.processID == kept.status.processID)
                try FullDisk.makeRoom(lab.root)
                let machines: [VirtualMachine] = try await lab.client { try await $0.listMachines() }
                #expect(machines.map(\.name) == ["a"])
                try await lab.martletSucceeds("vm", "create", "b", "--memory", "64MiB", "--switch", "user")
                try await lab.kill9()
                try await lab.start()
                #expect(try await lab.machine("b").state == .off)
            }
        }

        @Test("the API's daemon ends on SIGTERM though a client follows its events, and guests run on")
        func gracefulEnd() async throws {
            try await withDaemonLab { lab in
                let machine = try await startedMachine(lab)
                let follower = Task {
                    try await lab.client { client in
                        for try await _ in try await client.followEvents() {}
                    }
                }
                try await lab.terminate()
                _ = await follower.result
                #expect(try ProcessIdentity(processID: try #require(machine.status.processID)).isAlive)
                try await lab.start()
                #expect(try await lab.machine("a").state == .paused)
            }
        }

        @Test("a second daemon on the same root is refused and changes nothing")
        func secondDaemon() async throws {
            try await withDaemonLab { lab in
                let outcome = try await Programs.run("martletd", ["--root", lab.root])
                #expect(outcome.code != 0)
                #expect(outcome.errors.contains("another"), "\(outcome)")
                #expect(try await lab.client { try await $0.getHost() }.root == lab.root)
            }
        }

        @Test("two hundred clients at once are all answered, and of two hundred starts of one machine one wins")
        func manyClients() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds("vm", "create", "a", "--memory", "64MiB", "--switch", "user")
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<200 {
                        group.addTask {
                            try await lab.client { client in
                                _ = try await client.getMachine("a")
                                return (try? await client.startMachine("a", paused: true)) != nil
                            }
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(winners == 1)
                try await lab.martletSucceeds("vm", "wait", "a", "--state", "paused", "--timeout", "1m")
            }
        }

        private func startedMachine(_ lab: DaemonLab) async throws -> VirtualMachine {
            try await lab.martletSucceeds("vm", "create", "a", "--memory", "64MiB", "--switch", "user")
            try await lab.martletSucceeds("vm", "start", "a", "--paused")
            return try await lab.machine("a")
        }
    }
}
