import FoundationEssentials
import Glibc
import Logging
import MartletLinux
import MartletModel
import Testing

@testable import MartletQEMU

/// A real QEMU in a folder of its own, killed at the end of its test whatever happened.
struct TestMachine: Sendable {
    let root: TestFolder
    let specification: MachineSpecification
    let process: ProcessIdentity

    var qmpSocket: String { root.file("qmp.sock") }
    var consoleSocket: String { root.file("console.sock") }
    var log: String { (try? String(contentsOfFile: root.file("qemu.log"), encoding: .utf8)) ?? "" }

    /// Starts a machine, hands it to `body`, and ends it.
    static func with<Result: Sendable>(
        _ specification: MachineSpecification,
        user: String? = nil,
        prepare: (TestFolder, QEMUInstallation) async throws -> Void = { _, _ in },
        _ body: (TestMachine) async throws -> Result
    ) async throws -> Result {
        let installation = try await QEMUInstallation.find()
        let root = try TestFolder()
        try await prepare(root, installation)
        let process = try QEMULaunch.start(
            specification, installation: installation, root: root.path, log: root.file("qemu.log"),
            qmpSocket: root.file("qmp.sock"), consoleSocket: root.file("console.sock"),
            guestSocket: root.file("guest.sock"), user: user
        )
        let machine = TestMachine(root: root, specification: specification, process: process)
        do {
            let result = try await body(machine)
            await machine.end()
            return result
        } catch {
            Issue.record("qemu's log: \(machine.log)")
            await machine.end()
            throw error
        }
    }

    func connect(timeout: Duration = .seconds(60)) async throws -> QMPClient {
        try await QMPClient.connect(path: qmpSocket, timeout: timeout, logger: Logger(label: "test"))
    }

    /// Connects to the console before the guest runs, so that nothing it writes is missed.
    func console() async throws -> ConsoleConnection {
        try await ConsoleConnection.connect(path: consoleSocket)
    }

    private func end() async {
        try? process.signal(SIGKILL)
        _ = await process.waitForExit()
    }

    /// A machine with the one-sector guest on its only disk.
    static func withBootSector<Result: Sendable>(
        _ body: (TestMachine) async throws -> Result
    ) async throws -> Result {
        var specification = Samples.direct()
        specification.disks = [Samples.disk(1)]
        return try await with(specification, prepare: prepareBootSector, body)
    }

    static func prepareBootSector(_ root: TestFolder, _ installation: QEMUInstallation) async throws {
        mkdir(root.file("disks"), 0o755)
        try await BootSector.makeDisk(root.file(Samples.disk(1).path), installation: installation)
    }

    /// The variables and disks that `specification` names.
    static func prepareFiles(
        of specification: MachineSpecification
    ) -> (TestFolder, QEMUInstallation) async throws -> Void {
        { root, installation in
            mkdir(root.file("disks"), 0o755)
            mkdir(root.file("machines"), 0o755)
            mkdir(root.file("machines/web-1"), 0o755)
            if let variables = specification.firmwareVariables {
                let firmware = try Firmware.find(secureBoot: specification.secureBoot)
                try AtomicFile.copy(from: firmware.variablesTemplatePath, to: root.file(variables), mode: 0o600)
            }
            for disk in specification.disks {
                try await DiskImage(installation: installation).create(
                    path: root.file(disk.path), capacity: .gibibytes(20))
            }
        }
    }
}

extension ConsoleConnection {
    /// Reads until what was read holds `text`, and returns all of it.
    func read(until text: String, within limit: Duration = .seconds(120)) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { [output] in
                var seen: [UInt8] = []
                for await piece in output {
                    seen += piece
                    if String(decoding: seen, as: UTF8.self).contains(text) { break }
                }
                return String(decoding: seen, as: UTF8.self)
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw TimeUp()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
    }
}
