import Glibc
import MartletModel
import Testing

@testable import MartletLinux

@Suite("Copies of files and trees")
struct CopyTests {
    @Test("Any tree arrives as it was: bytes, holes, modes, times, links and names that are no text", arguments: 0..<12)
    func randomTrees(seed: Int) async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            var tree = RandomTree(seed: UInt64(seed))
            try tree.make(lab.source)
            let outcome = try await lab.copy()
            #expect(try outcome.sent.get() == outcome.received.get())
            #expect(try outcome.received.get().problems == [])
            #expect(try outcome.received.get().files == UInt64(tree.files))
            #expect(try CopyLab.picture("\(lab.target)/source") == CopyLab.picture(lab.source))
            // Again, over what is there: nothing is sent of large files.
            let again = try await lab.copy()
            #expect(try again.received.get().problems == [])
            #expect(try CopyLab.picture("\(lab.target)/source") == CopyLab.picture(lab.source))
            // Names that are no text: not for what removes the folder.
            try await CommandRunner().run("rm", ["-r", lab.source, lab.target])
        }
    }

    @Test("Holes stay holes")
    func holes() async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            let file = open(lab.source, O_RDWR | O_CREAT, 0o644)
            pwrite(file, "beginning", 9, 0)
            pwrite(file, "middle", 6, 40 << 20)
            ftruncate(file, 100 << 20)
            close(file)
            _ = try await lab.copy().received.get()
            let copy = "\(lab.target)/source"
            #expect(try FileEntry.size(copy).bytes == 100 << 20 && FileEntry.allocatedSize(copy).bytes < 1 << 20)
            let copied = open(copy, O_RDONLY)
            let original = open(lab.source, O_RDONLY)
            #expect(CopyFile.digest(copied, count: 100 << 20) == CopyFile.digest(original, count: 100 << 20))
            close(copied)
            close(original)
        }
    }

    @Test("However a stream is cut short, no file is under its name but whole")
    func truncation() async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            try Folder.make(lab.source, mode: 0o755)
            try Folder.make("\(lab.source)/sub", mode: 0o755)
            try AtomicFile.write(Array("hello".utf8), to: "\(lab.source)/a", mode: 0o640)
            try AtomicFile.write(Array(repeating: 7, count: 300), to: "\(lab.source)/sub/b", mode: 0o600)
            let stream = try await lab.copy().stream
            #expect(stream.count > 400)
            for length in 0..<stream.count {
                try Folder.removeTree("\(lab.target)/source")
                let failure = #expect(throws: MartletError.self) { try lab.receive(Array(stream.prefix(length))).get() }
                #expect(failure?.code == .unavailable)
                for (name, bytes) in [("a", Array("hello".utf8)), ("sub/b", Array(repeating: 7, count: 300))] {
                    let there = try? BoundedFile.read("\(lab.target)/source/\(name)")
                    #expect(there == nil || there == bytes, "cut after \(length)")
                }
            }
            try Folder.removeTree("\(lab.target)/source")
            #expect(try lab.receive(stream).get().files == 2)
        }
    }

    @Test("A copy that was cut short goes on where it stopped, and begins anew when the file has changed")
    func resuming() async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 9) }
            try AtomicFile.write(bytes, to: lab.source, mode: 0o644)
            let stream = try await lab.copy().stream
            unlink("\(lab.target)/source")
            #expect(throws: MartletError.self) { try lab.receive(Array(stream.prefix(2_000_000))).get() }
            #expect(try FileEntry.names(in: lab.target) == [".source.martlet-part"])
            let rest = try await lab.copy()
            #expect(try rest.received.get().files == 1 && rest.stream.count < 1_300_000)
            #expect(try BoundedFile.read("\(lab.target)/source", limit: 4_000_000) == bytes)
            #expect(try FileEntry.names(in: lab.target) == ["source"])

            unlink("\(lab.target)/source")
            #expect(throws: MartletError.self) { try lab.receive(Array(stream.prefix(2_000_000))).get() }
            let other = bytes.map { $0 ^ 1 }
            try AtomicFile.write(other, to: lab.source, mode: 0o644)
            #expect(try await lab.copy().stream.count > 3_000_000)
            #expect(try BoundedFile.read("\(lab.target)/source", limit: 4_000_000) == other)
        }
    }

    @Test("What is there whole isn't sent again")
    func whole() async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            try AtomicFile.write(Array(repeating: 5, count: 1_000_000), to: lab.source, mode: 0o644)
            _ = try await lab.copy().received.get()
            let again = try await lab.copy()
            #expect(try again.received.get().files == 1 && again.stream.count < 1_000)
            // The same size and time, and other bytes.
            let file = open("\(lab.target)/source", O_WRONLY)
            var status = stat()
            fstat(file, &status)
            pwrite(file, "x", 1, 500_000)
            futimens(file, [status.st_atim, status.st_mtim])
            close(file)
            _ = try await lab.copy().received.get()
            #expect(try BoundedFile.read("\(lab.target)/source") == Array(repeating: 5, count: 1_000_000))
        }
    }

    @Test("A file gets the name that was asked for, or goes into the folder that is there; without one it says so")
    func targets() async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            try AtomicFile.write([1], to: lab.source, mode: 0o600)
            let (input, output) = (try Pipe(), open("/dev/null", O_WRONLY))
            defer { close(output) }
            let stream = try await lab.copy().stream
            write(input.writing, stream, stream.count)
            _ = try CopyReceiver(target: "\(lab.target)/named", input: input.reading, output: output).run()
            write(input.writing, stream, stream.count)
            let failure = #expect(throws: MartletError.self) {
                try CopyReceiver(target: "\(lab.target)/none/named", input: input.reading, output: output).run()
            }
            #expect(try failure?.code == .notFound && FileEntry.names(in: lab.target).sorted() == ["named", "source"])
        }
    }
}

/// A tree made of chance.
struct RandomTree {
    private var random: SeededGenerator
    private(set) var files = 0

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func make(_ path: String, depth: Int = 0) throws {
        mkdir(path, 0o755)
        let folder = open(path, O_RDONLY | O_DIRECTORY)
        defer { close(folder) }
        for index in 0..<Int.random(in: depth == 0 ? 3...12 : 0...8, using: &random) {
            let plain = Array("name \(index)\n".utf8)
            let name = Bool.random(using: &random) ? plain : plain + [0xff, 0xfe]
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where depth < 3: try make("\(path)/folder \(index)", depth: depth + 1)
            case 1: _ = CopyFile.with(name) { symlinkat("../nowhere/\(index)", folder, $0) }
            default: try makeFile(folder, name)
            }
        }
        fchmod(folder, [0o755, 0o700, 0o1777].randomElement(using: &random) ?? 0o755)
        setTime(folder)
    }

    private mutating func makeFile(_ folder: CInt, _ name: [UInt8]) throws {
        let file = CopyFile.open(folder, name, O_RDWR | O_CREAT, mode: 0o600)
        defer { close(file) }
        files += 1
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let bytes = (0..<Int.random(in: 1...90_000, using: &random)).map { UInt8(truncatingIfNeeded: $0 &* files) }
            pwrite(file, bytes, bytes.count, Int.random(in: 0...3_000_000, using: &random))
        }
        fchmod(file, [0o644, 0o400, 0o755, 0o600].randomElement(using: &random) ?? 0o600)
        setTime(file)
    }

    private mutating func setTime(_ file: CInt) {
        let time = timespec(
            tv_sec: Int.random(in: 0...2_000_000_000, using: &random),
            tv_nsec: Int.random(in: 0..<1_000_000_000, using: &random))
        futimens(file, [time, time])
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
