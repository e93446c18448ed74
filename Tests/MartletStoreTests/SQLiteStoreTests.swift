import FoundationEssentials
import GRDB
import MartletModel
import MartletStore
import MartletTestSupport
import Testing

/// A document of the tests' own.
private struct Note: StoredDocument, Hashable {
    static var collection: String { "note" }
    static var schemaVersion: Int { 2 }
    var documentID: String
    var text: String
}

@Suite("The store")
struct SQLiteStoreTests {
    private let scratch: ScratchFolder
    private var path: String { "\(scratch.path)/state.sqlite" }

    init() throws { scratch = try ScratchFolder() }

    @Test("what was written is read, with a revision that only grows")
    func roundTrip() async throws {
        let store = try SQLiteStore(path: path)
        let first = try await store.put(Note(documentID: "a", text: "one"))
        let second = try await store.put(Note(documentID: "a", text: "two"))
        #expect(second > first)
        let read = try await store.get(Note.self, id: "a")
        #expect(read?.document.text == "two")
        #expect(read?.revision == second)
        #expect(try await store.get(Note.self, id: "b") == nil)
    }

    @Test("a write that expects another revision changes nothing, and says conflict")
    func conflict() async throws {
        let store = try SQLiteStore(path: path)
        let revision = try await store.put(Note(documentID: "a", text: "one"))
        await #expect(throws: MartletError.self) {
            try await store.transaction(
                [
                    .put(Note(documentID: "b", text: "new")),
                    .put(Note(documentID: "a", text: "x"), expecting: .revision(revision + 1)),
                ],
                durability: .powerLoss
            )
        }
        #expect(try await store.list(Note.self).documents.map(\.document.text) == ["one"])
        await #expect(throws: MartletError.self) {
            try await store.put(Note(documentID: "a", text: "x"), expecting: .absent)
        }
    }

    @Test("deleting what isn't there is done already")
    func deleteTwice() async throws {
        let store = try SQLiteStore(path: path)
        try await store.put(Note(documentID: "a", text: "one"))
        for _ in 0..<2 { try await store.transaction([.delete(Note.self, id: "a")], durability: .processCrash) }
        #expect(try await store.list(Note.self).documents.isEmpty)
    }

    @Test("two stores that write at once both get through")
    func concurrentWriters() async throws {
        let store = try SQLiteStore(path: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask { _ = try await store.put(Note(documentID: "\(number)", text: "x")) }
            }
            try await group.waitForAll()
        }
        let revisions = try await store.list(Note.self).documents.map(\.revision)
        #expect(Set(revisions).count == 100)
    }

    @Test("a document that doesn't decode is told apart and stays where it is")
    func undecodable() async throws {
        let store = try SQLiteStore(path: path)
        try await store.put(Note(documentID: "good", text: "x"))
        try await store.put(Note(documentID: "garbage", text: "x"))
        try await store.put(Note(documentID: "newer", text: "x"))
        let raw = try DatabaseQueue(path: path)
        try await raw.write { db in
            try db.execute(sql: "UPDATE document SET body = x'ff00' WHERE id = 'garbage'")
            try db.execute(sql: "UPDATE document SET schemaVersion = 99 WHERE id = 'newer'")
        }
        let list = try await store.list(Note.self)
        #expect(list.documents.map(\.document.documentID) == ["good"])
        #expect(list.undecodable.map(\.id) == ["garbage", "newer"])
        #expect(list.undecodable.last?.reason.contains("99") == true)
        #expect(try await store.list(Note.self).undecodable.count == 2)
    }

    @Test("a file that is no database is told to be damaged, and one that can't be reached is not")
    func damaged() throws {
        try Data(repeating: 7, count: 8_192).write(to: URL(filePath: path))
        #expect { try SQLiteStore(path: path) } throws: { error in
            (error as? MartletError).map(SQLiteStore.isDamaged) == true
        }
        #expect { try SQLiteStore(path: "\(scratch.path)/nowhere/state.sqlite") } throws: { error in
            (error as? MartletError).map(SQLiteStore.isDamaged) == false
        }
    }

    @Test("a committed write is there when the process is gone without closing the file")
    func unclosed() async throws {
        let store = try SQLiteStore(path: path)
        try await store.transaction([.put(Note(documentID: "a", text: "kept"))], durability: .processCrash)
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: "\(path)\(suffix)", toPath: "\(scratch.path)/copy.sqlite\(suffix)")
        }
        let copy = try SQLiteStore(path: "\(scratch.path)/copy.sqlite")
        #expect(try await copy.get(Note.self, id: "a")?.document.text == "kept")
    }
}
