import FoundationEssentials
import MartletClient
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// What a user does on the first evening, through the documented commands and against a real guest.
    @Suite("The first evening", .serialized)
    struct FirstEveningTests {
        @Test(
            "a machine is created, booted, logged into, paused, stopped and deleted, with the daemon killed in the middle"
        )
        func wholeLife() async throws {
            try await withDaemonLab { lab in
                let guest = try Programs.guest()
                try await lab.martletSucceeds(
                    "vm", "create", "hello", "--generation", "direct", "--kernel", guest.kernel, "--initrd",
                    guest.initrd ?? "",
                    "--append", guest.append, "--memory", "256MiB", "--cpus", "1", "--disk", "1GiB"
                )
                try await lab.martletSucceeds("vm", "start", "hello")
                let console = GuestConsole(lab, "hello")
                _ = try await console.wait(for: "martlet login:")
                let processID = try await lab.machine("hello").status.processID
                try await lab.kill9()
                try await lab.start()
                let adopted = try await lab.machine("hello")
                #expect(adopted.state == .running)
                #expect(adopted.status.processID == processID)
                try await console.logIn()
                #expect(try await console.run("echo logged-$((40+2))") == "logged-42")
                try await lab.martletSucceeds("vm", "pause", "hello")
                #expect(try await lab.machine("hello").state == .paused)
                try await lab.martletSucceeds("vm", "resume", "hello")
                try await lab.martletSucceeds("vm", "stop", "hello", "--timeout", "120s")
                #expect(try await lab.machine("hello").state == .off)
                try await lab.martletSucceeds("vm", "start", "hello")
                let second = try await console.wait(for: "martlet login:")
                #expect(!second.contains("logged-42"), "the console shows an earlier start")
                try await lab.martletSucceeds("vm", "stop", "hello", "--turn-off")
                try await lab.martletSucceeds("vm", "delete", "hello", "--disks")
                #expect(
                    try await lab.martletSucceeds("vm", "list", "--output", "json").filter { !$0.isWhitespace } == "[]")
                #expect(try await lab.footprint().processes.isEmpty)
            }
        }

        @Test("a guest that powers itself off leaves its machine off, and `vm wait` sees it")
        func guestPowersOff() async throws {
            try await withDaemonLab { lab in
                let console = try await GuestConsole.start("hello", on: lab)
                try await console.type("poweroff\n")
                try await lab.martletSucceeds("vm", "wait", "hello", "--state", "off", "--timeout", "2m")
                #expect(try await lab.machine("hello").status.cause == nil)
            }
        }

        @Test("a guest that doesn't obey runs on, and the message says what to do")
        func disobedientGuest() async throws {
            try await withDaemonLab { lab in
                // Firmware without a disk waits in its menu and doesn't know the power button.
                try await lab.martletSucceeds("vm", "create", "stubborn", "--memory", "128MiB")
                try await lab.martletSucceeds("vm", "start", "stubborn")
                let outcome = try await lab.martlet("vm", "stop", "stubborn", "--timeout", "1s")
                #expect(outcome.code == 5, "\(outcome)")
                #expect(outcome.errors.contains("--turn-off"), "\(outcome)")
                #expect(try await lab.machine("stubborn").state == .running)
                try await lab.martletSucceeds("vm", "stop", "stubborn", "--turn-off")
                #expect(try await lab.machine("stubborn").state == .off)
            }
        }

        @Test("a generation 2 machine has Secure Boot on, and boots the signed kernel's firmware")
        func secureBoot() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds("vm", "create", "secure", "--memory", "256MiB", "--disk", "64MiB")
                try await lab.martletSucceeds("vm", "start", "secure", "--paused")
                let machine = try await lab.machine("secure")
                #expect(machine.configuration.secureBoot)
                #expect(machine.state == .paused)
                try await lab.martletSucceeds("vm", "resume", "secure")
                try await lab.martletSucceeds("vm", "reset", "secure")
                try await lab.martletSucceeds("vm", "stop", "secure", "--turn-off")
            }
        }
    }
}
