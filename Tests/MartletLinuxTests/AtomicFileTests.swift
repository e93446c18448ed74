import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Files that are there whole or not at all")
struct AtomicFileTests {
    @Test("a file has its bytes and its mode, and nothing else is left")
    func write() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/file"
            try AtomicFile.write([1, 2, 3], to: path, mode: 0o600)
            #expect(try BoundedFile.read(path) == [1, 2, 3])
            #expect(mode(of: path) == 0o600)
            try AtomicFile.write([], to: path, mode: 0o644)
            #expect(try BoundedFile.read(path) == [])
            #expect(mode(of: path) == 0o644)
            #expect(try await names(in: folder) == ["file"])
        }
    }

    @Test("a symbolic link at the target is replaced, and what it leads to is left alone")
    func link() async throws {
        try await withScratchFolder { folder in
            try AtomicFile.write([1], to: "\(folder)/victim", mode: 0o600)
            symlink("\(folder)/victim", "\(folder)/link")
            try AtomicFile.write([2], to: "\(folder)/link", mode: 0o600)
            #expect(try BoundedFile.read("\(folder)/victim") == [1])
            #expect(try BoundedFile.read("\(folder)/link") == [2])
        }
    }

    @Test("a missing folder and a folder at the target are refused, and nothing is left")
    func refusals() async throws {
        try await withScratchFolder { folder in
            let missing = await failure { try AtomicFile.write([1], to: "\(folder)/none/file", mode: 0o600) }
            #expect(missing?.code == .notFound)
            #expect(missing?.message.contains("'\(folder)/none/file'") == true)
            try Folder.make("\(folder)/taken", mode: 0o700)
            #expect(await failure { try AtomicFile.write([1], to: "\(folder)/taken", mode: 0o600) } != nil)
            #expect(try await names(in: folder) == ["taken"])
        }
    }

    @Test("on a full disk the old file stays as it was", .enabled(if: isRoot, "mounting needs root"))
    func fullDisk() async throws {
        try await withSmallDisk { disk in
            let path = "\(disk)/file"
            try AtomicFile.write([1, 2, 3], to: path, mode: 0o600)
            let tooMuch = [UInt8](repeating: 1, count: 1 << 20)
            let error = await failure { try AtomicFile.write(tooMuch, to: path, mode: 0o600) }
            #expect(error?.code == .insufficientSpace)
            #expect(try BoundedFile.read(path) == [1, 2, 3])
            #expect(try await names(in: disk) == ["file"])
        }
    }

    @Test("on a full disk a copy is refused and nothing is left", .enabled(if: isRoot, "mounting needs root"))
    func fullDiskCopy() async throws {
        try await withSmallDisk { disk async throws in
            let error = await failure { try AtomicFile.copy(from: "/bin/bash", to: "\(disk)/copy", mode: 0o600) }
            #expect(error?.code == .insufficientSpace)
            #expect(try await names(in: disk) == [])
            #expect(try Folder.freeSpace(disk) == ByteCount(bytes: 64 << 10))
        }
    }

    @Test("on a read-only file system a write is refused", .enabled(if: isRoot, "mounting needs root"))
    func readOnly() async throws {
        try await withSmallDisk(readOnly: true) { disk in
            let error = await failure { try AtomicFile.write([1], to: "\(disk)/file", mode: 0o600) }
            #expect(error?.code == .ioFailed)
            #expect(error?.message.contains("read-only") == true)
        }
    }

    @Test("a file can be given to another user", .enabled(if: isRoot, "giving files away needs root"))
    func owner() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/file"
            try AtomicFile.write([1], to: path, mode: 0o640, owner: FileOwner(userID: 65534, groupID: 65533))
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_uid == 65534 && status.st_gid == 65533 && status.st_mode & 0o7777 == 0o640)
        }
    }

    @Test("a copy has the bytes of the source and the mode asked for")
    func copy() async throws {
        try await withScratchFolder { folder in
            let source = "\(folder)/source"
            let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            try AtomicFile.write(bytes, to: source, mode: 0o755)
            try AtomicFile.copy(from: source, to: "\(folder)/copy", mode: 0o600)
            #expect(try BoundedFile.read("\(folder)/copy", limit: 1 << 22) == bytes)
            #expect(mode(of: "\(folder)/copy") == 0o600)
            #expect(try await names(in: folder) == ["copy", "source"])
        }
    }

    @Test("a copy from another file system works too", .enabled(if: isRoot, "mounting needs root"))
    func copyAcross() async throws {
        try await withSmallDisk { disk in
            try await withScratchFolder { folder in
                try AtomicFile.write([UInt8](repeating: 9, count: 20_000), to: "\(folder)/source", mode: 0o600)
                try AtomicFile.copy(from: "\(folder)/source", to: "\(disk)/copy", mode: 0o600)
                #expect(try BoundedFile.read("\(disk)/copy") == [UInt8](repeating: 9, count: 20_000))
            }
        }
    }

    @Test("a file of the kernel's, which says it is empty, is copied whole")
    func copyFromKernel() async throws {
        try await withScratchFolder { folder in
            try AtomicFile.copy(from: "/proc/version", to: "\(folder)/copy", mode: 0o600)
            #expect(try BoundedFile.read("\(folder)/copy") == BoundedFile.read("/proc/version"))
        }
    }

    @Test("what isn't a regular file is not copied, and a pipe doesn't hold us")
    func copyOddities() async throws {
        try await withScratchFolder { folder async throws in
            mkfifo("\(folder)/pipe", 0o600)
            for source in ["\(folder)/pipe", "/dev/zero", folder] {
                let error = await failure { try AtomicFile.copy(from: source, to: "\(folder)/copy", mode: 0o600) }
                #expect(error?.code == .invalidArgument)
            }
            #expect(try await names(in: folder) == ["pipe"])
        }
    }

    @Test("reading is bounded, and a tail is no longer than asked")
    func bounded() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/file"
            try AtomicFile.write([UInt8](0..<100), to: path, mode: 0o600)
            #expect(try BoundedFile.read(path, limit: 100).count == 100)
            #expect(await failure { _ = try BoundedFile.read(path, limit: 99) }?.code == .tooLarge)
            #expect(await failure { _ = try BoundedFile.read("/dev/zero", limit: 1 << 16) }?.code == .tooLarge)
            #expect(await failure { _ = try BoundedFile.read("\(folder)/none") }?.code == .notFound)
            #expect(try BoundedFile.tail(path, count: 3) == [97, 98, 99])
            #expect(try BoundedFile.tail(path, count: 1000).count == 100)
        }
    }
}
