import Glibc
import MartletModel
import Testing

@testable import MartletLinux

@Suite("Copies that are meant badly")
struct HostileCopyTests {
    private static let attributes = CopyAttributes(
        mode: 0o6755, userID: 0, groupID: 0, user: "", group: "", seconds: 1_000_000_000, nanoseconds: 5)

    private func name(_ text: String) -> CopyName { Array(text.utf8) }

    @Test(
        "A name that leads elsewhere is no name, and nothing is written",
        arguments: ["..", ".", "", "a/b", "/etc", "a\0b", String(repeating: "x", count: 256)])
    func names(name: String) async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            for record in [
                CopyRecord.folder(Array(name.utf8), Self.attributes), .file(Array(name.utf8), Self.attributes, size: 1),
                .link(Array(name.utf8), Self.attributes, target: [65]),
            ] {
                let failure = #expect(throws: MartletError.self) {
                    try lab.receive(CopyLab.stream([record, .end])).get()
                }
                #expect(failure?.code == .invalidArgument)
            }
            #expect(try FileEntry.names(in: lab.target) == [])
        }
    }

    @Test("No link is followed on the way, neither one that was there nor one that came")
    func links() async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            try Folder.make("\(folder)/outside", mode: 0o755)
            for comes in [false, true] {
                if !comes { symlink("\(folder)/outside", "\(lab.target)/link") }
                let link =
                    comes ? [CopyRecord.link(name("link"), Self.attributes, target: name("\(folder)/outside"))] : []
                let stream = CopyLab.stream(
                    [.folder(name("top"), Self.attributes)] + link + [
                        .folder(name("link"), Self.attributes), .file(name("file"), Self.attributes, size: 1), .leave,
                        .begin(offset: 0), .data(offset: 0, [1]), .fileEnd(checksum: checksum(0, [1])), .leave, .end,
                    ])
                if !comes { try? Folder.make("\(lab.target)/top", mode: 0o755) }
                if !comes { symlink("\(folder)/outside", "\(lab.target)/top/link") }
                let summary = try lab.receive(stream).get()
                #expect(summary.files == 0 && summary.problems.count == 1)
                #expect(try FileEntry.names(in: "\(folder)/outside") == [])
                try Folder.removeTree("\(lab.target)/top")
            }
        }
    }

    @Test("A link in the place of the temporary file isn't written through")
    func temporary() async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            try AtomicFile.write([9], to: "\(folder)/precious", mode: 0o600)
            symlink("\(folder)/precious", "\(lab.target)/.file.martlet-part")
            #expect(try lab.receive(file([1, 2])).get().files == 1)
            #expect(
                try BoundedFile.read("\(folder)/precious") == [9] && BoundedFile.read("\(lab.target)/file") == [1, 2])
        }
    }

    @Test("The bits that let a file run as its owner are dropped unless they were asked for")
    func setID() async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            for keeps in [false, true] {
                var options = CopyReceiver.Options()
                options.keepsSetID = keeps
                _ = try lab.receive(file([1]), options: options).get()
                var status = stat()
                stat("\(lab.target)/file", &status)
                #expect(status.st_mode & 0o7777 == (keeps ? 0o6755 : 0o755))
            }
        }
    }

    @Test(
        "Records out of their order, bytes outside the file and wrong sums end the copy or the file", arguments: 0..<9)
    func order(index: Int) async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            let offer = CopyRecord.file(name("file"), Self.attributes, size: 4)
            let streams: [[CopyRecord]] = [
                [.leave], [.begin(offset: 0)], [.data(offset: 0, [1])], [.fileEnd(checksum: 0)],
                [offer, .begin(offset: 2)],
                [offer, .begin(offset: 0), .data(offset: 3, [1, 2])],
                [offer, .begin(offset: 0), .data(offset: 2, [1]), .data(offset: 1, [1])],
                [offer, .end],
                [.done(files: 1, bytes: 1, problems: [])],
            ]
            let failure = #expect(throws: MartletError.self) {
                try lab.receive(CopyLab.stream(streams[index] + [.end])).get()
            }
            #expect(try failure?.code == .invalidArgument && FileEntry.names(in: lab.target) == [])
            let wrong = CopyLab.stream([
                offer, .begin(offset: 0), .data(offset: 0, [1, 2, 3, 4]), .fileEnd(checksum: 1), .end,
            ])
            #expect(try lab.receive(wrong).get().problems.count == 1 && FileEntry.names(in: lab.target) == [])
        }
    }

    @Test("Noise is no copy", arguments: 0..<200)
    func noise(seed: Int) async throws {
        try await withScratchFolder { folder in
            let lab = try CopyLab(folder)
            var random = SeededGenerator(seed: UInt64(seed))
            var stream = try file([1, 2, 3])
            for _ in 0..<3 {
                stream[Int.random(in: 0..<stream.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try lab.receive(stream)
            let there = try FileEntry.names(in: lab.target).filter { !$0.hasPrefix(".") }
            for name in there { #expect(try BoundedFile.read("\(lab.target)/\(name)") == [1, 2, 3]) }
            #expect(try FileEntry.names(in: folder).allSatisfy { ["target", "stream"].contains($0) })
        }
    }

    @Test("Every record is read as it was written")
    func coding() throws {
        let records: [CopyRecord] = [
            .folder([255, 1], Self.attributes), .leave, .file([65], Self.attributes, size: 1 << 40),
            .link([66], Self.attributes, target: [46, 46]), .begin(offset: 7), .data(offset: 9, [1, 2]),
            .fileEnd(checksum: 12),
            .fileFailed("a"), .problem("b"), .end, .have(offset: 3, isWhole: true, digest: [1]),
            .done(files: 1, bytes: 2, problems: ["c", "d"]), .failed("e"),
        ]
        for record in records {
            let bytes = record.encoded
            #expect(try CopyRecord(kind: bytes[0], Array(bytes.dropFirst(CopyRecord.headLength))) == record)
        }
    }

    @Test("The checksum tells other bytes, another order, another place, zeros more or fewer, and another size")
    func checksums() {
        func sum(_ size: UInt64, _ pieces: (UInt64, [UInt8])...) -> UInt64 {
            var sum = CopyChecksum(size: size)
            for (place, bytes) in pieces { sum.update(place, bytes) }
            return sum.value
        }
        let (one, other): ([UInt8], [UInt8]) = ([1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14, 15, 16])
        let sums = [
            sum(16, (0, one + other)), sum(16, (0, other + one)), sum(16, (0, one + one)), sum(17, (0, one + other)),
            sum(16, (8, one + other)), sum(16, (0, one)), sum(16, (0, one + [0])), sum(16, (0, one + [0, 0])),
            sum(16, (0, one), (8, other)), sum(16, (8, other), (0, one)), sum(16, (0, one + [3])),
            sum(16, (0, one + [0, 3])), sum(16),
        ]
        #expect(Set(sums).count == sums.count)
        #expect(sum(16, (0, one + other)) == sums[0])
    }

    private func checksum(_ offset: UInt64, _ bytes: [UInt8]) -> UInt64 {
        var sum = CopyChecksum(size: UInt64(bytes.count))
        sum.update(offset, bytes)
        return sum.value
    }

    private func file(_ bytes: [UInt8]) throws -> [UInt8] {
        CopyLab.stream([
            .file(name("file"), Self.attributes, size: UInt64(bytes.count)), .begin(offset: 0), .data(offset: 0, bytes),
            .fileEnd(checksum: checksum(0, bytes)), .end,
        ])
    }
}
