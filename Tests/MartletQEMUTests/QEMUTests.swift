import FoundationEssentials
import Glibc
import Logging
import MartletLinux
import MartletModel
import Testing

@testable import MartletQEMU

/// The real QEMU, with guests of one sector or none.
@Suite("A real QEMU", .serialized, .timeLimit(.minutes(10)))
struct QEMUTests {
    // MARK: Starting

    @Test("a machine with UEFI starts stopped and is what was asked", arguments: [true, false])
    func uefi(secureBoot: Bool) async throws {
        var specification = Samples.uefi(secureBoot: secureBoot)
        specification.name = #"a,b=c "x" \ ☃,"#
        specification.disks = [Samples.disk(1), Samples.disk(2)]
        specification.adapters = [.init(slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .user)]
        try await TestMachine.with(specification, prepare: TestMachine.prepareFiles(of: specification)) { machine in
            let client = try await machine.connect()
            try await client.inspect(expecting: specification)
            #expect(try await client.execute(QueryStatus()) == QueryStatus.Reply(status: "prelaunch", running: false))
            #expect(try await client.execute(QueryName()).name == specification.name)
            #expect(try await client.execute(QueryVersion()).qemu == client.version)
            #expect(client.version >= .minimum)
            #expect(
                try await client.execute(QueryBlock()).contains {
                    $0.path?.contains("disk-\(Samples.disk(1).id)") == true
                })
            #expect(machine.log == "")
        }
    }

    @Test("the firmware of a machine with every disk and adapter that it may have comes up")
    func fullMachine() async throws {
        var specification = Samples.uefi()
        specification.disks = (0..<64).map { Samples.disk($0) }
        specification.adapters = (0..<8).map {
            .init(slot: $0, hardwareAddress: "52:54:00:00:00:0\($0)", backend: .user)
        }
        try await TestMachine.with(specification, prepare: TestMachine.prepareFiles(of: specification)) { machine in
            let console = try await machine.console()
            let client = try await machine.connect()
            try await client.inspect(expecting: specification)
            _ = try await client.execute(Cont())
            let seen = try await console.read(until: "BdsDxe", within: .seconds(400))
            #expect(seen.contains("BdsDxe"))
        }
    }

    @Test("a machine of generation 2 without a disk waits in its firmware")
    func noDisk() async throws {
        let specification = Samples.uefi()
        try await TestMachine.with(specification, prepare: TestMachine.prepareFiles(of: specification)) { machine in
            let console = try await machine.console()
            let client = try await machine.connect()
            _ = try await client.execute(Cont())
            #expect(try await console.read(until: "BdsDxe").contains("BdsDxe"))
            #expect(try await client.execute(QueryStatus()).running)
        }
    }

    @Test("another machine than the one asked for is told apart")
    func inspection() async throws {
        try await TestMachine.withBootSector { machine in
            let client = try await machine.connect()
            try await client.inspect(expecting: machine.specification)
            var other = machine.specification
            other.id = Samples.id(9)
            await expectMismatch(client, other)
            other = machine.specification
            other.disks[0].path = "disks/another.qcow2"
            await expectMismatch(client, other)
            other = machine.specification
            other.disks.append(Samples.disk(2))
            await expectMismatch(client, other)
            _ = try await client.execute(Cont())
            await expectMismatch(client, machine.specification)
        }
    }

    private func expectMismatch(_ client: QMPClient, _ specification: MachineSpecification) async {
        let error = await #expect(throws: MartletError.self) { try await client.inspect(expecting: specification) }
        #expect(error?.code == .qemuFailed)
    }

    @Test("a qemu that can't start leaves the reason in its log and ends the connection")
    func missingDisk() async throws {
        var specification = Samples.direct()
        specification.disks = [Samples.disk(1)]
        try await TestMachine.with(specification) { machine in
            let error = await #expect(throws: MartletError.self) { _ = try await machine.connect() }
            #expect(error?.code == .unavailable)
            #expect(await machine.process.waitForExit() == .code(1))
            #expect(machine.log.contains("disks/data-1.qcow2"))
        }
    }

    @Test("a launch that fails leaves no socket and no process")
    func failedLaunch() async throws {
        let installation = try await QEMUInstallation.find()
        let root = try TestFolder()
        var specification = Samples.direct()
        specification.adapters = [.init(slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .tap("mtmissing"))]
        let error = #expect(throws: MartletError.self) {
            _ = try QEMULaunch.start(
                specification, installation: installation, root: root.path, log: root.file("qemu.log"),
                qmpSocket: root.file("qmp.sock"), consoleSocket: root.file("console.sock"),
                guestSocket: root.file("guest.sock"),
                user: nil
            )
        }
        #expect(error?.code == .notFound)
        #expect(try root.names() == [])
    }

    @Test("qemu has no descriptors but its own, and its sockets' listeners are nobody else's")
    func descriptors() async throws {
        try await TestMachine.withBootSector { machine in
            let client = try await machine.connect()
            await client.close()
            try machine.process.signal(SIGKILL)
            _ = await machine.process.waitForExit()
            let error = await #expect(throws: MartletError.self) { _ = try await machine.connect() }
            #expect(error?.code == .unavailable)
        }
    }

    // MARK: Life

    @Test("cont, stop and the power button are told as events")
    func lifeCycle() async throws {
        try await TestMachine.withBootSector { machine in
            let client = try await machine.connect()
            _ = try await client.execute(Cont())
            #expect(try await client.execute(QueryStatus()) == QueryStatus.Reply(status: "running", running: true))
            _ = try await client.execute(Stop())
            #expect(try await client.execute(QueryStatus()) == QueryStatus.Reply(status: "paused", running: false))
            _ = try await client.execute(Cont())
            _ = try await client.execute(SystemPowerdown())
            _ = try await client.execute(SystemReset())
            var seen: [QMPEvent] = []
            for await event in client.events {
                if case .other = event { continue }
                seen.append(event)
                if seen.count == 5 { break }
            }
            #expect(seen == [.resume, .stop, .resume, .powerdown, .reset(guest: false)])
        }
    }

    @Test("quit ends qemu, says so first, and it exits with 0")
    func quits() async throws {
        try await TestMachine.withBootSector { machine in
            let client = try await machine.connect()
            try await client.quit()
            #expect(
                try await first(in: client.events) { _ in true } == .shutdown(guest: false, reason: "host-qmp-quit"))
            for await _ in client.events {}
            #expect(await machine.process.waitForExit() == .code(0))
        }
    }

    @Test("a qemu that is killed is noticed by the end of its events")
    func killed() async throws {
        try await TestMachine.withBootSector { machine in
            let client = try await machine.connect()
            try machine.process.signal(SIGKILL)
            for await _ in client.events {}
            #expect(await machine.process.waitForExit() == .signal(SIGKILL))
            let error = await #expect(throws: MartletError.self) { _ = try await client.execute(QueryStatus()) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("a second client hears nothing while the first is there, and takes over when it has left")
    func adoption() async throws {
        try await TestMachine.withBootSector { machine in
            let client = try await machine.connect()
            _ = try await client.execute(Cont())
            let error = await #expect(throws: MartletError.self) {
                _ = try await machine.connect(timeout: .milliseconds(300))
            }
            #expect(error?.code == .timedOut)
            await client.close()
            let second = try await machine.connect()
            #expect(try await second.execute(QueryStatus()).running)
            #expect(try await second.execute(QueryUUID()).uuid == machine.specification.id.description)
        }
    }

    @Test("what qemu refuses says which command it was")
    func refusal() async throws {
        struct NoSuchCommand: QMPCommand {
            static let name = "martlet-no-such-command"
            typealias Reply = QMPEmpty
        }
        try await TestMachine.withBootSector { machine in
            let client = try await machine.connect()
            let error = await #expect(throws: MartletError.self) { _ = try await client.execute(NoSuchCommand()) }
            #expect(error?.code == .unsupported)
            #expect(error?.message.contains("martlet-no-such-command") == true)
        }
    }

    // MARK: The guest's doings

    @Test("a guest that powers off ends qemu, and the event says that it was the guest")
    func guestPowersOff() async throws {
        try await TestMachine.withBootSector { machine in
            let console = try await machine.console()
            let client = try await machine.connect()
            _ = try await client.execute(Cont())
            #expect(try await console.read(until: "!").contains("SeaBIOS"))
            try await console.write(Array("abcq".utf8))
            #expect(try await console.read(until: "abcq").contains("abcq"))
            let event = try await first(in: client.events) { if case .shutdown = $0 { true } else { false } }
            #expect(event == .shutdown(guest: true, reason: "guest-shutdown"))
            #expect(await machine.process.waitForExit() == .code(0))
            for await _ in console.output {}
            let error = await #expect(throws: MartletError.self) { try await console.write([0]) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("a guest that panics is reported and runs on; one that resets starts again")
    func guestPanicsAndResets() async throws {
        try await TestMachine.withBootSector { machine in
            let console = try await machine.console()
            let client = try await machine.connect()
            _ = try await client.execute(Cont())
            _ = try await console.read(until: "!")
            try await console.write(Array("p".utf8))
            let panic = try await first(in: client.events) { if case .guestPanicked = $0 { true } else { false } }
            #expect(panic == .guestPanicked(action: "run"))
            try await console.write(Array("xr".utf8))
            #expect(try await console.read(until: "!").contains("x"))
            #expect(try await client.execute(QueryStatus()).running)
        }
    }

    @Test(
        "a disk that can't be written stops the machine with an event, and the guest goes on unharmed once it can",
        .enabled(if: geteuid() == 0, "mounting a small file system needs root")
    )
    func fullDisk() async throws {
        var specification = Samples.direct()
        specification.disks = [Samples.disk(1)]
        func prepare(_ root: TestFolder, _ installation: QEMUInstallation) async throws {
            try await root.makeFileSystem("disks", size: "10m")
            try await BootSector.makeDisk(root.file(Samples.disk(1).path), installation: installation)
            try fill(root.file("disks/filler"))
        }
        try await TestMachine.with(specification, prepare: prepare) { machine in
            let console = try await machine.console()
            let client = try await machine.connect()
            _ = try await client.execute(Cont())
            _ = try await console.read(until: "!")
            try await console.write(Array("w".utf8))
            let event = try await first(in: client.events) { if case .blockIOError = $0 { true } else { false } }
            guard case .blockIOError(let error) = event else { throw TimeUp() }
            #expect(error.node == specification.disks[0].nodeName)
            #expect(error.operation == "write")
            #expect(error.action == "stop")
            #expect(error.hasNoSpace)
            try await eventually({ try await client.execute(QueryStatus()).status }, is: { $0 == "io-error" })
            unlink(machine.root.file("disks/filler"))
            _ = try await client.execute(Cont())
            #expect(try await console.read(until: "k").contains("k"))
        }
    }

    /// Writes until the file system is full.
    private func fill(_ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: 4096)
        while write(descriptor, zeros, zeros.count) > 0 {}
        #expect(errno == ENOSPC)
    }

    // MARK: Privileges

    @Test(
        "qemu runs as another user, without capabilities, under a folder that this user can't enter",
        .enabled(if: geteuid() == 0, "taking on another user needs root")
    )
    func unprivileged() async throws {
        let account = try #require(try UserAccount(name: "martlet-qemu"), "make it with useradd --system martlet-qemu")
        var specification = Samples.uefi()
        specification.disks = [Samples.disk(1)]
        let files = TestMachine.prepareFiles(of: specification)
        func prepare(_ root: TestFolder, _ installation: QEMUInstallation) async throws {
            try await files(root, installation)
            for folder in ["disks", "machines/web-1"] {
                try await CommandRunner().run("chown", ["-R", account.name, root.file(folder)])
            }
        }
        try await TestMachine.with(specification, user: account.name, prepare: prepare) { machine in
            var status = stat()
            #expect(stat("\(machine.root.path)/..", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
            let client = try await machine.connect()
            try await client.inspect(expecting: specification)
            let process = try BoundedFile.readText("/proc/\(machine.process.processID)/status")
            let facts = Dictionary(
                process.split(separator: "\n").compactMap { line -> (String, [String])? in
                    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
                    return words.first.map { ($0, Array(words.dropFirst())) }
                },
                uniquingKeysWith: { one, _ in one }
            )
            #expect(facts["Uid:"] == Array(repeating: "\(account.userID)", count: 4))
            #expect(facts["Gid:"] == Array(repeating: "\(account.groupID)", count: 4))
            for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
                #expect(facts[set] == ["0000000000000000"])
            }
            #expect(facts["NoNewPrivs:"] == ["1"])
            #expect(facts["Seccomp:"] == ["2"])
            _ = try await client.execute(Cont())
            #expect(try await client.execute(QueryStatus()).running)
        }
    }

    @Test(
        "an unprivileged qemu gets a tap that only root can open",
        .enabled(if: geteuid() == 0, "making a tap needs root")
    )
    func tap() async throws {
        let tap = "mtq\(getpid() % 1_000_000)"
        try await CommandRunner().run("ip", ["tuntap", "add", "dev", tap, "mode", "tap"])
        do {
            try await check(tap: tap)
        } catch {
            Issue.record(error)
        }
        try await CommandRunner().run("ip", ["tuntap", "del", "dev", tap, "mode", "tap"])
    }

    private func check(tap: String) async throws {
        try await CommandRunner().run("ip", ["link", "set", tap, "up"])
        var specification = Samples.direct()
        specification.adapters = [
            .init(slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .user),
            .init(slot: 1, hardwareAddress: "52:54:00:00:00:02", backend: .tap(tap)),
        ]
        try await TestMachine.with(specification, user: "martlet-qemu") { machine in
            let client = try await machine.connect()
            try await client.inspect(expecting: specification)
            // An interface has a carrier while somebody has its descriptor.
            let carrier = try BoundedFile.readText("/sys/class/net/\(tap)/carrier")
            #expect(carrier.hasPrefix("1"))
            #expect(machine.log == "")
        }
        try await eventually({ try BoundedFile.readText("/sys/class/net/\(tap)/carrier") }, is: { $0.hasPrefix("0") })
    }
}
