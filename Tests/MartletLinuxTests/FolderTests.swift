import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Folders")
struct FolderTests {
    @Test("making a folder twice is making it once, and it gets the mode asked for last")
    func make() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/a b"
            try Folder.make(path, mode: 0o711)
            #expect(mode(of: path) == 0o711)
            try Folder.make(path, mode: 0o700)
            #expect(mode(of: path) == 0o700)
        }
    }

    @Test("a file or a link in a folder's place is refused")
    func taken() async throws {
        try await withScratchFolder { folder in
            try AtomicFile.write([], to: "\(folder)/file", mode: 0o600)
            symlink("/", "\(folder)/link")
            for name in ["file", "link"] {
                let error = await failure { try Folder.make("\(folder)/\(name)", mode: 0o700) }
                #expect(error?.code == .alreadyExists)
            }
            #expect(await failure { try Folder.make("\(folder)/none/folder", mode: 0o700) }?.code == .notFound)
        }
    }

    @Test("a tree is removed with its links, and what they lead to stays")
    func removeTree() async throws {
        try await withScratchFolder { folder in
            try Folder.make("\(folder)/kept", mode: 0o700)
            try AtomicFile.write([1], to: "\(folder)/kept/file", mode: 0o600)
            try Folder.make("\(folder)/tree", mode: 0o700)
            try Folder.make("\(folder)/tree/deep", mode: 0o700)
            symlink("\(folder)/kept", "\(folder)/tree/deep/link")
            symlink("nowhere", "\(folder)/tree/dangling")
            mkfifo("\(folder)/tree/pipe", 0o600)
            try Folder.removeTree("\(folder)/tree")
            #expect(try await names(in: folder) == ["kept"])
            #expect(try BoundedFile.read("\(folder)/kept/file") == [1])
        }
    }

    @Test("removing a link removes the link alone")
    func removeLink() async throws {
        try await withScratchFolder { folder in
            try Folder.make("\(folder)/kept", mode: 0o700)
            symlink("\(folder)/kept", "\(folder)/link")
            try Folder.removeTree("\(folder)/link")
            #expect(try await names(in: folder) == ["kept"])
        }
    }

    @Test("removing what isn't there is no failure")
    func removeTwice() async throws {
        try await withScratchFolder { folder in
            try AtomicFile.write([], to: "\(folder)/file", mode: 0o600)
            for _ in 0..<2 { try Folder.removeTree("\(folder)/file") }
            try Folder.removeTree("\(folder)/none/deeper")
            #expect(try await names(in: folder) == [])
        }
    }

    @Test("a folder of two thousand files is removed", arguments: [2000])
    func removeMany(count: Int) async throws {
        try await withScratchFolder { folder in
            try Folder.make("\(folder)/tree", mode: 0o700)
            for index in 0..<count { close(open("\(folder)/tree/\(index)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)) }
            try Folder.removeTree("\(folder)/tree/")
            #expect(!exists("\(folder)/tree"))
        }
    }

    @Test(
        "the root of everything and empty paths are not removed",
        arguments: ["", "/", "//", ".", "..", "/usr/..", "a/."])
    func removeNonsense(path: String) async {
        #expect(await failure { try Folder.removeTree(path) }?.code == .invalidArgument)
    }

    @Test("free space is told, and of a missing folder it isn't")
    func freeSpace() async throws {
        #expect(try Folder.freeSpace("/") > ByteCount(bytes: 0))
        #expect(await failure { _ = try Folder.freeSpace("/nonexistent") }?.code == .notFound)
    }
}
