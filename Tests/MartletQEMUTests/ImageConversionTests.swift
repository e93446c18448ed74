import FoundationEssentials
import Glibc
import MartletLinux
import MartletModel
import Synchronization
import Testing

@testable import MartletQEMU

@Suite("Converting images", .timeLimit(.minutes(10)))
struct ImageConversionTests {
    private let folder: TestFolder
    private let images: DiskImage
    private let user: UserAccount?

    init() async throws {
        folder = try TestFolder()
        images = DiskImage(installation: try await QEMUInstallation.find(), root: folder.path)
        user = geteuid() == 0 ? try UserAccount(name: "martlet-qemu") : nil
    }

    private func qemuImg(_ arguments: String...) async throws {
        try await CommandRunner().run("qemu-img", arguments.map { $0.replacing("@", with: folder.path + "/") })
    }

    /// A disk of 8 MiB with 3 MiB of a known pattern.
    private func makeSource() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 8 << 20)
        for index in 0..<(3 << 20) { bytes[index] = UInt8(truncatingIfNeeded: index &* 31 &+ index >> 11) }
        bytes[510] = 0x55
        bytes[511] = 0xAA
        try Data(bytes).write(to: URL(filePath: folder.file("source.raw")))
        return bytes
    }

    @Test("every format is converted to qcow2 and back without a bit's change", arguments: ImageFormat.convertible)
    func roundTrip(_ format: ImageFormat) async throws {
        let bytes = try makeSource()
        let other = folder.file("it: is, a=disk")
        try await images.convert(from: folder.file("source.raw"), format: .raw, to: other, format: format, user: user)
        #expect(try await images.recognize(path: other) == format)
        let seen = Mutex<[Double]>([])
        try await images.convert(from: other, format: format, to: folder.file("d"), format: .qcow2, user: user) {
            part in
            seen.withLock { $0.append(part) }
        }
        #expect(seen.withLock { $0.last } == 1)
        #expect(try await images.check(path: folder.file("d")).isSound)
        var status = stat()
        #expect(stat(folder.file("d"), &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(user == nil || status.st_uid == user?.userID)
        // Without confinement, so that what is compared doesn't depend on it.
        try await qemuImg("convert", "-f", "qcow2", "-O", "raw", "@d", "@back.raw")
        let back = [UInt8](try Data(contentsOf: URL(filePath: folder.file("back.raw"))))
        #expect(back.count >= bytes.count && Array(back.prefix(bytes.count)) == bytes)
        #expect(try folder.names() == ["back.raw", "d", "it: is, a=disk", "source.raw"])
    }

    @Test("a streamed VMDK is read too")
    func streamed() async throws {
        _ = try makeSource()
        try await qemuImg("convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", "@source.raw", "@s")
        try await images.convert(
            from: folder.file("s"), format: .vmdk, to: folder.file("d"), format: .qcow2, user: user)
        try await qemuImg("compare", "-f", "raw", "-F", "qcow2", "@source.raw", "@d")
    }

    /// Files that name `/etc/shadow`, made by hand where qemu-img refuses to make them.
    private func makeHostile(_ kind: String) async throws -> (String, ImageFormat?) {
        let path = folder.file("hostile")
        switch kind {
        case "backing":
            try await qemuImg("create", "-u", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", "@hostile", "8M")
        case "data":
            try await qemuImg("create", "-f", "qcow2", "-o", "data_file=\(folder.file("data"))", "@hostile", "8M")
            try FileManager.default.removeItem(atPath: folder.file("data"))
        case "descriptor":
            let text =
                "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n"
                + "RW 2048 FLAT \"/etc/shadow\" 0\n"
            try Data(text.utf8).write(to: URL(filePath: path))
            return (path, .vmdk)
        case "embedded":
            // A sparse header with a capacity of 0 and its descriptor at sector 1: QEMU follows that one.
            var bytes = [UInt8](repeating: 0, count: 64 << 10)
            bytes.replaceSubrange(0..<8, with: Array("KDMV".utf8) + [1, 0, 0, 0])
            bytes[28] = 1
            bytes[36] = 20
            let text =
                "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n"
                + "RW 2048 FLAT \"/etc/shadow\" 0\n"
            bytes.replaceSubrange(512..<(512 + text.utf8.count), with: Array(text.utf8))
            try Data(bytes).write(to: URL(filePath: path))
        case "exabyte":
            try await qemuImg("create", "-f", "qcow2", "-o", "cluster_size=2M", "@hostile", "1M")
            // The size, big-endian at 24: an exabyte.
            try patch(path, at: 24, [0x10, 0, 0, 0, 0, 0, 0, 0])
        case "truncated":
            _ = try makeSource()
            try await qemuImg("convert", "-f", "raw", "-O", "vhdx", "@source.raw", "@hostile")
            try #require(truncate(path, 300_000) == 0)
            try FileManager.default.removeItem(atPath: folder.file("source.raw"))
        case "fifo": try #require(mkfifo(path, 0o644) == 0)
        case "device": try #require(symlink("/dev/zero", path) == 0)
        default: try #require(mkdir(path, 0o755) == 0)
        }
        return (path, nil)
    }

    private func patch(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
        var all = [UInt8](try Data(contentsOf: URL(filePath: path)))
        all.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        try Data(all).write(to: URL(filePath: path))
    }

    @Test(
        "a hostile image is refused, and nothing is left",
        arguments: [
            "backing", "data", "descriptor", "embedded", "exabyte", "truncated", "fifo", "device", "folder",
        ])
    func hostile(_ kind: String) async throws {
        let (path, format) = try await makeHostile(kind)
        let error = await #expect(throws: MartletError.self) {
            let found = try await images.recognize(path: path)
            try await images.convert(from: path, format: found, to: folder.file("d"), format: .qcow2, user: user)
        }
        #expect(error.map { [.invalidArgument, .unsupported].contains($0.code) } == true, "\(kind): \(error as Any)")
        if let format {
            await #expect(throws: MartletError.self) {
                try await images.convert(from: path, format: format, to: folder.file("d"), format: .qcow2, user: user)
            }
        }
        #expect(try folder.names() == ["hostile"])
    }

    @Test("a qcow2 image whose raw content looks like another image is converted as what it was said to be")
    func notGuessed() async throws {
        try await qemuImg("create", "-u", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", "@inner", "8M")
        try await images.convert(
            from: folder.file("inner"), format: .raw, to: folder.file("d"), format: .qcow2, user: user)
        try await qemuImg("convert", "-f", "qcow2", "-O", "raw", "@d", "@back")
        let inner = try Data(contentsOf: URL(filePath: folder.file("inner")))
        #expect(try Data(contentsOf: URL(filePath: folder.file("back"))).prefix(inner.count) == inner)
    }

    @Test("a linked copy is converted with what is behind it, and only with the image that it is known to be of")
    func linked() async throws {
        let bytes = try makeSource()
        try #require(mkdir(folder.file("images"), 0o711) == 0)
        try await images.convert(
            from: folder.file("source.raw"), format: .raw, to: folder.file("images/i"), format: .qcow2, user: user)
        try await qemuImg("create", "-u", "-f", "qcow2", "-F", "qcow2", "-b", "/moved/images/i", "@linked", "8M")
        if let user { try FileEntry.setOwner(user.owner, of: folder.file("linked")) }
        try await images.convert(
            from: folder.file("linked"), format: .qcow2, over: [.init(path: folder.file("images/i"), format: .qcow2)],
            to: folder.file("whole"),
            format: .raw, user: user)
        #expect([UInt8](try Data(contentsOf: URL(filePath: folder.file("whole")))) == bytes)
        for other in [nil, folder.file("images/j")] {
            let error = await #expect(throws: MartletError.self) {
                try await images.inspect(
                    path: folder.file("linked"), format: .qcow2,
                    over: other.map { [.init(path: $0, format: .qcow2)] } ?? [],
                    user: user)
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("a linked and a full copy are as large as asked, show the image's bytes, and leave it as it is")
    func copies() async throws {
        let bytes = try makeSource()
        try #require(mkdir(folder.file("images"), 0o711) == 0)
        let image = folder.file("images/i")
        try await images.convert(from: folder.file("source.raw"), format: .raw, to: image, format: .qcow2, user: user)
        let before = try Data(contentsOf: URL(filePath: image))
        try await images.createLinked(
            path: folder.file("linked"), backing: image, capacity: .mebibytes(12), owner: user?.owner)
        let seen = Mutex<[Double]>([])
        try await images.copy(of: image, to: folder.file("full"), capacity: .mebibytes(12), owner: user?.owner) {
            part in
            seen.withLock { $0.append(part) }
        }
        #expect(seen.withLock { $0.last } ?? 1 == 1)
        try DiskImage.requireLinked(path: folder.file("linked"), backing: image)
        #expect(throws: MartletError.self) { try DiskImage.requireLinked(path: folder.file("full"), backing: image) }
        for (disk, backing) in [("linked", image), ("full", nil)] {
            try await images.convert(
                from: folder.file(disk), format: .qcow2, over: backing.map { [.init(path: $0, format: .qcow2)] } ?? [],
                to: folder.file("\(disk).raw"), format: .raw,
                user: user)
            let raw = [UInt8](try Data(contentsOf: URL(filePath: folder.file("\(disk).raw"))))
            #expect(raw.count == 12 << 20 && Array(raw.prefix(bytes.count)) == bytes, "\(disk)")
        }
        #expect(try Data(contentsOf: URL(filePath: image)) == before)
    }

    @Test("what is there is not replaced, and a conversion that is cancelled leaves nothing")
    func leavesNothing() async throws {
        _ = try makeSource()
        try Data("precious".utf8).write(to: URL(filePath: folder.file("d")))
        let error = await #expect(throws: MartletError.self) {
            try await images.convert(
                from: folder.file("source.raw"), format: .raw, to: folder.file("d"), format: .qcow2, user: user)
        }
        #expect(error?.code == .alreadyExists)
        #expect(try BoundedFile.readText(folder.file("d")) == "precious")
        let work = Task { [images, folder, user] in
            try await images.convert(
                from: folder.file("source.raw"), format: .raw, to: folder.file("e"), format: .vmdk, user: user)
        }
        work.cancel()
        await #expect(throws: MartletError.self) { try await work.value }
        #expect(try folder.names() == ["d", "source.raw"])
    }

    @Test(
        "a file system without room is told as such before anything is written",
        .enabled(if: geteuid() == 0, "mounting needs root"))
    func full() async throws {
        _ = try makeSource()
        try await folder.makeFileSystem("small", size: "1m")
        let error = await #expect(throws: MartletError.self) {
            try await images.convert(
                from: folder.file("source.raw"), format: .raw, to: folder.file("small/d"), format: .qcow2, user: user)
        }
        #expect(error?.code == .insufficientSpace)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("small")) == [])
    }
}

extension ImageFormat {
    /// Those that a disk can be kept in.
    static let convertible: [ImageFormat] = [.qcow2, .raw, .vhdx, .vhd, .vmdk]
}
