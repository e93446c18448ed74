import FoundationEssentials
import GRDB
package import MartletModel

/// The embedded store: one SQLite file in write-ahead mode. One process opens it at a time.
package struct SQLiteStore: StateStore {
    private let database: DatabaseQueue

    /// Opens the file, making it and its tables if need be.
    ///
    /// - Throws: `storeFailed`; `isDamaged` tells a file that can't be read by anyone from one that can't be reached.
    package init(path: String) throws(MartletError) {
        do {
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            configuration.maximumReaderCount = 1
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA cache_size = -1024")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.write { db in
                try Self.checkIntegrity(db)
                try Self.makeTables(db)
            }
        } catch {
            throw Self.mapped(error, "the store \(path) can't be opened")
        }
    }

    /// Whether an error says that the file itself is no sound database.
    package static func isDamaged(_ error: MartletError) -> Bool {
        error.details.contains { $0.name == "damaged" }
    }

    package func get<D: StoredDocument>(_ type: D.Type, id: String) async throws(MartletError) -> Stored<D>? {
        let row = try await read("\(D.collection) \(id) can't be read") { db in
            try Row.fetchOne(
                db,
                sql: "SELECT id, revision, schemaVersion, body FROM document WHERE collection = ? AND id = ?",
                arguments: [D.collection, id]
            ).map(StoredRow.init)
        }
        guard let row else { return nil }
        return Stored(document: try row.decoded(), revision: row.revision)
    }

    package func list<D: StoredDocument>(_ type: D.Type) async throws(MartletError) -> StoredList<D> {
        let rows = try await read("\(D.collection) can't be listed") { db in
            try Row.fetchAll(
                db,
                sql: "SELECT id, revision, schemaVersion, body FROM document WHERE collection = ? ORDER BY id",
                arguments: [D.collection]
            ).map(StoredRow.init)
        }
        var list = StoredList<D>(documents: [], undecodable: [])
        for row in rows {
            do {
                list.documents.append(Stored(document: try row.decoded(), revision: row.revision))
            } catch {
                list.undecodable.append(
                    UndecodableDocument(collection: D.collection, id: row.id, reason: "\(error)")
                )
            }
        }
        return list
    }

    @discardableResult
    package func transaction(_ writes: [StoreWrite], durability: Durability) async throws(MartletError) -> Int64 {
        do {
            return try await database.writeWithoutTransaction { db in
                // In write-ahead mode NORMAL leaves the log unsynced at commit and FULL syncs all of it
                // (https://www.sqlite.org/pragma.html#pragma_synchronous).
                try db.execute(sql: "PRAGMA synchronous = \(durability == .powerLoss ? "FULL" : "NORMAL")")
                var revision: Int64 = 0
                try db.inTransaction(.immediate) {
                    revision = try Self.nextRevision(db)
                    for write in writes { try Self.carryOut(write, revision: revision, db) }
                    return .commit
                }
                return revision
            }
        } catch {
            throw Self.mapped(error, "the store refused a write")
        }
    }

    private func read<T: Sendable>(
        _ complaint: String, _ body: @Sendable @escaping (Database) throws -> T
    ) async throws(MartletError) -> T {
        do {
            return try await database.read(body)
        } catch {
            throw Self.mapped(error, complaint)
        }
    }
}

/// A row of the table, apart from its type.
private struct StoredRow: Sendable {
    var id: String
    var revision: Int64
    var schemaVersion: Int
    var body: [UInt8]

    /// A column of another kind than ours is damage, and damage is a document that doesn't decode, never a trap.
    init(_ row: Row) {
        id = String.fromDatabaseValue(row["id"] as DatabaseValue) ?? "?"
        revision = Int64.fromDatabaseValue(row["revision"] as DatabaseValue) ?? 0
        schemaVersion = Int.fromDatabaseValue(row["schemaVersion"] as DatabaseValue) ?? .max
        body = [UInt8](Data.fromDatabaseValue(row["body"] as DatabaseValue) ?? Data())
    }

    func decoded<D: StoredDocument>() throws(MartletError) -> D {
        try StoredDocumentCoding.decode(D.self, id: id, schemaVersion: schemaVersion, body: body)
    }
}

extension SQLiteStore {
    private static func checkIntegrity(_ db: Database) throws {
        let answer = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
        guard answer == "ok" else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: answer)
        }
    }

    private static func makeTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS document (
                    collection TEXT NOT NULL,
                    id TEXT NOT NULL,
                    revision INTEGER NOT NULL,
                    schemaVersion INTEGER NOT NULL,
                    body BLOB NOT NULL,
                    PRIMARY KEY (collection, id)
                ) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
                INSERT OR IGNORE INTO counter (name, value) VALUES ('revision', 0);
                """
        )
    }

    private static func nextRevision(_ db: Database) throws -> Int64 {
        let sql = "UPDATE counter SET value = value + 1 WHERE name = 'revision' RETURNING value"
        guard let revision = try Int64.fetchOne(db, sql: sql) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the revision counter is gone")
        }
        return revision
    }

    private static func carryOut(_ write: StoreWrite, revision: Int64, _ db: Database) throws {
        try checkExpectation(of: write, db)
        switch write.change {
        case .put(let schemaVersion, let body):
            try db.execute(
                sql:
                    "INSERT OR REPLACE INTO document (collection, id, revision, schemaVersion, body) VALUES (?, ?, ?, ?, ?)",
                arguments: [write.collection, write.id, revision, schemaVersion, Data(body)]
            )
        case .delete:
            try db.execute(
                sql: "DELETE FROM document WHERE collection = ? AND id = ?",
                arguments: [write.collection, write.id]
            )
        }
    }

    private static func checkExpectation(of write: StoreWrite, _ db: Database) throws {
        guard write.expectation != .anything else { return }
        let present = try Int64.fetchOne(
            db,
            sql: "SELECT revision FROM document WHERE collection = ? AND id = ?",
            arguments: [write.collection, write.id]
        )
        switch (write.expectation, present) {
        case (.anything, _), (.absent, nil): return
        case (.revision(let expected), let present?) where expected == present: return
        default:
            throw MartletError(
                .conflict,
                "\(write.collection) \(write.id) was changed by somebody else; look at it again",
                details: [.init("revision", present.map { "\($0)" } ?? "none")]
            )
        }
    }

    /// Maps what SQLite says, by its result codes (https://www.sqlite.org/rescode.html).
    private static func mapped(_ error: any Error, _ complaint: String) -> MartletError {
        switch error {
        case let error as MartletError: return error
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            return MartletError(.insufficientSpace, "\(complaint) because the disk is full", cause: error)
        case let error as DatabaseError
        where error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB:
            return MartletError(.storeFailed, complaint, details: [.init("damaged", "yes")], cause: error)
        default: return MartletError(.storeFailed, complaint, cause: error)
        }
    }
}
