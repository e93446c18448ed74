package import MartletModel

/// Typed documents with a schema version and a revision: where every durable thing of a host is kept.
///
/// Revisions come from one counter of the store and only grow, as in etcd, so that one contract suits both.
package protocol StateStore: Sendable {
    /// - Throws: `storeFailed` when the store can't be read or the document doesn't decode.
    func get<D: StoredDocument>(_ type: D.Type, id: String) async throws(MartletError) -> Stored<D>?

    /// Every document of a type, by id, and apart from them those that don't decode.
    ///
    /// - Throws: `storeFailed` when the store can't be read.
    func list<D: StoredDocument>(_ type: D.Type) async throws(MartletError) -> StoredList<D>

    /// Carries out all of the writes or none, and returns the revision that the written documents now have.
    ///
    /// - Throws: `conflict` when an expectation isn't met, `insufficientSpace` when the disk is full, `storeFailed` otherwise.
    @discardableResult
    func transaction(_ writes: [StoreWrite], durability: Durability) async throws(MartletError) -> Int64
}

extension StateStore {
    /// Writes one document durably and returns its new revision.
    ///
    /// - Throws: as `transaction`.
    @discardableResult
    package func put<D: StoredDocument>(
        _ document: D, expecting expectation: StoreWrite.Expectation = .anything
    ) async throws(MartletError) -> Int64 {
        try await transaction([.put(document, expecting: expectation)], durability: .powerLoss)
    }
}

/// What a write has survived by the time it returns.
package enum Durability: Sendable {
    /// The end of our process, but a power loss may take back the last such writes (never a part of one, never an older one alone).
    case processCrash
    /// A power loss too; and with it every write before it.
    case powerLoss
}

/// A type that the store keeps.
package protocol StoredDocument: Codable, Sendable {
    /// The collection's name; fixed for ever.
    static var collection: String { get }
    /// What this version writes. A document with a newer one is set aside, never guessed at.
    static var schemaVersion: Int { get }
    var documentID: String { get }
}

/// A document as it was read.
package struct Stored<D: StoredDocument>: Sendable {
    package var document: D
    package var revision: Int64
}

/// What `list` found.
package struct StoredList<D: StoredDocument>: Sendable {
    package var documents: [Stored<D>]
    /// Documents that this version can't read. They stay in the store as they are.
    package var undecodable: [UndecodableDocument]
}

/// A document that this version can't read.
package struct UndecodableDocument: Sendable, Hashable {
    package var collection: String
    package var id: String
    package var reason: String
}
