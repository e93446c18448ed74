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
                try await waitForLogin(lab)
                let processID = try await lab.machine("hello").status.processID
                try await lab.kill9()
                try await lab.start()
                let adopted = try await lab.machine("hello")
                #expect(adopted.state == .running)
                #expect(adopted.status.processID == processID)
                try await logIn(lab)
                try await lab.martletSucceeds("vm", "pause", "hello")
                #expect(try await lab.machine("hello").state == .paused)
                try await lab.martletSucceeds("vm", "resume", "hello")
                try await lab.martletSucceeds("vm", "stop", "hello", "--timeout", "120s")
                #expect(try await lab.machine("hello").state == .off)
                try await lab.martletSucceeds("vm", "start", "hello")
                let second = try await console(lab, until: "martlet login:")
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
                try await makeGuest(lab)
                try await logIn(lab, then: "poweroff")
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

        private func makeGuest(_ lab: DaemonLab) async throws {
            let guest = try Programs.guest()
            try await lab.martletSucceeds(
                "vm", "create", "hello", "--generation", "direct", "--kernel", guest.kernel, "--initrd",
                guest.initrd ?? "",
                "--append", guest.append, "--memory", "256MiB", "--switch", "user", "--start"
            )
            try await waitForLogin(lab)
        }

        private func waitForLogin(_ lab: DaemonLab) async throws {
            _ = try await console(lab, until: "martlet login:")
        }

        /// Logs in on the serial console, and runs a command if one is given.
        private func logIn(_ lab: DaemonLab, then command: String = "echo logged-$((40+2))") async throws {
            try await type(lab, "root\n")
            _ = try await console(lab, until: "Password:")
            try await type(lab, "martlet\n")
            _ = try await console(lab, until: "root@martlet")
            try await type(lab, "\(command)\n")
            if command.hasPrefix("echo") { _ = try await console(lab, until: "logged-42") }
        }

        private func type(_ lab: DaemonLab, _ text: String) async throws {
            try await lab.client { try await $0.writeConsole("hello", Array(text.utf8)) }
        }

        private func console(_ lab: DaemonLab, until text: String) async throws -> String {
            try await lab.client { client in
                var seen = ""
                for try await bytes in try await client.readConsole("hello", historyInBytes: 1 << 16) {
                    seen += String(decoding: bytes, as: UTF8.self)
                    if seen.contains(text) { return seen }
                }
                throw NeverHappened(what: "'\(text)' on the console", limit: .zero, lastSeen: seen)
            }
        }
    }
}
