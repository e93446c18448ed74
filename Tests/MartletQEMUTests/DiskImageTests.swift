import FoundationEssentials
import Glibc
import MartletLinux
import MartletModel
import Testing

@testable import MartletQEMU

@Suite("Disk images", .timeLimit(.minutes(5)))
struct DiskImageTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func images() async throws -> DiskImage { DiskImage(installation: try await QEMUInstallation.find()) }

    @Test("a new disk is thin, sound, ours alone, and what was asked")
    func create() async throws {
        let images = try await images()
        let path = folder.file("a b,c=d:e.qcow2")
        try await images.create(path: path, capacity: .gibibytes(20))
        let information = try await images.information(path: path)
        #expect(information.format == .qcow2)
        #expect(information.virtualSize == .gibibytes(20))
        #expect(information.actualSize < .mebibytes(2))
        #expect(!information.isDirty && !information.isCorrupt && information.namedFiles == [])
        #expect(try await images.check(path: path) == ImageCheck(corruptions: 0, leaks: 0, errors: 0))
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try folder.names() == ["a b,c=d:e.qcow2"])
    }

    @Test("the largest disk can be made")
    func largest() async throws {
        let images = try await images()
        try await images.create(path: folder.file("d"), capacity: .gibibytes(64 << 10))
        let information = try await images.information(path: folder.file("d"))
        #expect(information.virtualSize == .gibibytes(64 << 10))
        #expect(information.actualSize <= DiskImage.metadataSize(for: .gibibytes(64 << 10)))
    }

    @Test("a disk that exists is never replaced")
    func exists() async throws {
        let images = try await images()
        try Data("precious".utf8).write(to: URL(filePath: folder.file("d")))
        let error = await #expect(throws: MartletError.self) {
            try await images.create(path: folder.file("d"), capacity: .gibibytes(1))
        }
        #expect(error?.code == .alreadyExists)
        #expect(try BoundedFile.readText(folder.file("d")) == "precious")
        #expect(try folder.names() == ["d"])
    }

    @Test(
        "what can't be made is refused and leaves nothing",
        arguments: [
            ("d", Int64(0), MartletError.Code.invalidArgument), ("d", 511, .invalidArgument),
            ("d", -512, .invalidArgument),
            ("missing/d", 1 << 20, .notFound), ("", 1 << 20, .invalidArgument),
        ]
    )
    func refused(_ name: String, _ bytes: Int64, _ code: MartletError.Code) async throws {
        let images = try await images()
        let error = await #expect(throws: MartletError.self) {
            try await images.create(path: folder.file(name), capacity: ByteCount(bytes: bytes))
        }
        #expect(error?.code == code)
        #expect(try folder.names() == [])
    }

    @Test("a relative path is refused")
    func relative() async throws {
        let images = try await images()
        let error = await #expect(throws: MartletError.self) { _ = try await images.information(path: "d") }
        #expect(error?.code == .invalidArgument)
    }

    @Test(
        "a full file system is told as such, and nothing is left",
        .enabled(if: geteuid() == 0, "mounting a small file system needs root")
    )
    func noSpace() async throws {
        let images = try await images()
        try await folder.makeFileSystem("small", size: "128k")
        let error = await #expect(throws: MartletError.self) {
            try await images.create(path: folder.file("small/d"), capacity: .gibibytes(1))
        }
        #expect(error?.code == .insufficientSpace)
        #expect(error?.message.contains("128 KiB") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("small")) == [])
    }

    @Test(
        "a file that is no image is refused before qemu-img reads it",
        arguments: ["", "QFI", "garbage, not a disk", "QFI\u{FB}"])
    func garbage(_ content: String) async throws {
        let images = try await images()
        try Data(content.utf8).write(to: URL(filePath: folder.file("d")))
        for look in [Look.information, .check] {
            let error = await #expect(throws: MartletError.self) { try await look.at(folder.file("d"), images) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("a header with nothing behind it is an error of qemu-img's")
    func truncated() async throws {
        let images = try await images()
        try Data([0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3] + [UInt8](repeating: 0xFF, count: 100))
            .write(to: URL(filePath: folder.file("d")))
        for look in [Look.information, .check] {
            let error = await #expect(throws: MartletError.self) { try await look.at(folder.file("d"), images) }
            #expect(error?.code == .commandFailed)
        }
    }

    private enum Look {
        case information, check

        func at(_ path: String, _ images: DiskImage) async throws {
            switch self {
            case .information: _ = try await images.information(path: path)
            case .check: _ = try await images.check(path: path)
            }
        }
    }

    @Test("a missing file is not found, and a folder is no image")
    func missing() async throws {
        let images = try await images()
        let missing = await #expect(throws: MartletError.self) {
            _ = try await images.information(path: folder.file("d"))
        }
        #expect(missing?.code == .notFound)
        mkfifo(folder.file("fifo"), 0o600)
        let fifo = await #expect(throws: MartletError.self) {
            _ = try await images.information(path: folder.file("fifo"))
        }
        #expect(fifo?.code == .invalidArgument)
    }

    @Test("an image that names another file of the host is told apart")
    func backingFile() async throws {
        let images = try await images()
        try await CommandRunner().run(
            "qemu-img", ["create", "-q", "-u", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", folder.file("d"), "1M"]
        )
        #expect(try await images.information(path: folder.file("d")).namedFiles == ["/etc/shadow"])
    }

    @Test("damage is found and told, and changes nothing")
    func damaged() async throws {
        let images = try await images()
        let path = folder.file("d")
        try await images.create(path: path, capacity: .gibibytes(1))
        try await CommandRunner().run("qemu-io", ["-f", "qcow2", "-c", "write 0 64k", path])
        // The second cluster holds the table of reference counts: without it every cluster in use looks free.
        let descriptor = open(path, O_WRONLY)
        let zeros = [UInt8](repeating: 0, count: 64 << 10)
        #expect(pwrite(descriptor, zeros, zeros.count, 2 * 64 << 10) == zeros.count)
        close(descriptor)
        let before = try Data(contentsOf: URL(filePath: path))
        let check = try await images.check(path: path)
        #expect(check.corruptions > 0)
        #expect(!check.isSound)
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }

    @Test("a disk can be looked at while a machine has it, and not checked")
    func inUse() async throws {
        try await TestMachine.withBootSector { machine in
            _ = try await machine.connect()
            let images = try await images()
            let path = machine.root.file(machine.specification.disks[0].path)
            #expect(try await images.information(path: path).virtualSize == .mebibytes(8))
            let error = await #expect(throws: MartletError.self) { _ = try await images.check(path: path) }
            #expect(error?.code == .commandFailed)
        }
    }
}
