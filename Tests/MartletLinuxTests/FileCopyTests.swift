import FoundationEssentials
import Glibc
import MartletModel
import Testing

@testable import MartletLinux

@Suite("Copies of large files")
struct FileCopyTests {
    @Test("a copy has the same bytes, the same holes, its own mode, and the digest of the file")
    func copies() async throws {
        try await withScratchFolder { folder in
            let (source, target) = ("\(folder)/a", "\(folder)/b")
            let number = open(source, O_RDWR | O_CREAT, 0o600)
            let words = Array("some bytes".utf8)
            #expect(pwrite(number, words, words.count, 5) == words.count)
            #expect(pwrite(number, words, words.count, 70 << 20) == words.count)
            #expect(ftruncate(number, 100 << 20) == 0)
            close(number)
            try await FileCopy.copy(from: source, to: target, mode: 0o440, owner: nil)
            #expect(try FileEntry.size(target) == .mebibytes(100))
            #expect(try FileEntry.allocatedSize(target) < .mebibytes(80))
            #expect(mode(of: target) == 0o440)
            let digest = try await FileCopy.digest(of: target)
            #expect(try await FileCopy.digest(of: source) == digest)
            let program = try await CommandRunner().runText("sha256sum", [target])
            #expect(program.hasPrefix(digest))
        }
    }

    @Test("nothing else than a regular file is copied, and what is there is never replaced")
    func refused() async throws {
        try await withScratchFolder { folder in
            #expect(mkfifo("\(folder)/fifo", 0o600) == 0)
            for source in ["\(folder)/fifo", "/dev/zero", folder] {
                let error = await failure {
                    try await FileCopy.copy(from: source, to: "\(folder)/b", mode: 0o600, owner: nil)
                }
                #expect(error?.code == .invalidArgument, "\(source): \(error as Any)")
            }
            try AtomicFile.write([1], to: "\(folder)/a", mode: 0o600)
            try AtomicFile.write([2], to: "\(folder)/b", mode: 0o600)
            let error = await failure {
                try await FileCopy.copy(from: "\(folder)/a", to: "\(folder)/b", mode: 0o600, owner: nil)
            }
            #expect(error?.code == .alreadyExists)
            #expect(try BoundedFile.read("\(folder)/b") == [2])
        }
    }
}
