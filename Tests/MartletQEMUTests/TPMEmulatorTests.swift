import Glibc
import Logging
import MartletLinux
import MartletModel
import Testing

@testable import MartletQEMU

/// The real swtpm, alone and beside a real QEMU.
@Suite("A TPM")
struct TPMEmulatorTests {
    @Test("is made once and whole, and what is half made is made again")
    func state() async throws {
        let root = try TestFolder()
        let emulator = TPMEmulator(root: root.path, folder: "tpm", user: nil)
        try Folder.make(root.file("tpm.new"), mode: 0o700)
        try AtomicFile.write([1], to: root.file("tpm.new/tpm2-00.permall"), mode: 0o600)
        try await emulator.makeState()
        let made = try BoundedFile.read(root.file("tpm/tpm2-00.permall"))
        #expect(made.count > 1_000)
        #expect(!FileEntry.exists(root.file("tpm.new")))
        try await emulator.makeState()
        #expect(try BoundedFile.read(root.file("tpm/tpm2-00.permall")) == made)
    }

    @Test("is found in the process table, and ends when told")
    func process() async throws {
        let root = try TestFolder()
        let emulator = TPMEmulator(root: root.path, folder: "tpm", user: nil)
        try await emulator.makeState()
        #expect(await emulator.find() == nil)
        let process = try emulator.start(socket: root.file("tpm.sock"), log: root.file("tpm.log"))
        #expect(await emulator.find() == process)
        let other = TPMEmulator(root: root.path, folder: "other", user: nil)
        #expect(await other.find() == nil)
        let waiting = Task { await process.waitForExit() }
        try await emulator.end()
        _ = await waiting.value
        #expect(!process.isAlive)
        try await emulator.end()
    }

    @Test(
        "of another user isn't taken for the machine's",
        .enabled(if: geteuid() == 0, "taking on another user needs root"))
    func otherUser() async throws {
        let root = try TestFolder()
        try FileEntry.setMode(0o711, of: root.path)
        let other = try #require(try UserAccount(name: "martlet-qemu"), "make it with useradd --system martlet-qemu")
        let emulator = TPMEmulator(root: root.path, folder: "tpm", user: other)
        try await emulator.makeState()
        let process = try emulator.start(socket: root.file("tpm.sock"), log: root.file("tpm.log"))
        let waiting = Task { await process.waitForExit() }
        #expect(await emulator.find() == process)
        // It gives up root as its first work; until then it is ours.
        let own = TPMEmulator(root: root.path, folder: "tpm", user: nil)
        let end = ContinuousClock.now + .seconds(60)
        while await own.find() != nil, .now < end { try await Task.sleep(for: .milliseconds(10)) }
        #expect(await own.find() == nil)
        #expect(await emulator.find() == process)
        try await emulator.end()
        _ = await waiting.value
    }

    @Test("ends with its QEMU, also when that is killed", arguments: [true, false])
    func endsWithQEMU(isKilled: Bool) async throws {
        let root = try TestFolder()
        let emulator = TPMEmulator(root: root.path, folder: "tpm", user: nil)
        try await emulator.makeState()
        let tpm = try emulator.start(socket: root.file("tpm.sock"), log: root.file("tpm.log"))
        var specification = Samples.direct()
        specification.hasTPM = true
        let qemu = try QEMULaunch.start(
            specification, installation: try await QEMUInstallation.find(), root: root.path,
            log: root.file("qemu.log"), qmpSocket: root.file("qmp.sock"), consoleSocket: root.file("console.sock"),
            guestSocket: root.file("guest.sock"),
            tpmSocket: root.file("tpm.sock"), user: nil
        )
        let client = try await QMPClient.connect(
            path: root.file("qmp.sock"), timeout: .seconds(60), logger: Logger(label: "test"))
        if isKilled { try qemu.signal(SIGKILL) } else { try await client.quit() }
        _ = await qemu.waitForExit()
        _ = await tpm.waitForExit()
        #expect(!tpm.isAlive)
    }
}
