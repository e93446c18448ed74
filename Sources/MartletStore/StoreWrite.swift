import FoundationEssentials
package import MartletModel

/// One write of a transaction.
package struct StoreWrite: Sendable {
    /// What must be true for the transaction to be carried out.
    package enum Expectation: Sendable, Hashable {
        case anything
        case absent
        case revision(Int64)
    }

    enum Change: Sendable {
        case put(schemaVersion: Int, body: [UInt8])
        case delete
    }

    let collection: String
    let id: String
    let expectation: Expectation
    let change: Change

    /// - Throws: `storeFailed` when the document doesn't encode.
    package static func put<D: StoredDocument>(
        _ document: D, expecting expectation: Expectation = .anything
    ) throws(MartletError) -> StoreWrite {
        StoreWrite(
            collection: D.collection,
            id: document.documentID,
            expectation: expectation,
            change: .put(schemaVersion: D.schemaVersion, body: try StoredDocumentCoding.encode(document))
        )
    }

    /// Deleting what isn't there is no failure unless it was expected.
    package static func delete<D: StoredDocument>(
        _ type: D.Type, id: String, expecting expectation: Expectation = .anything
    ) -> StoreWrite {
        StoreWrite(collection: D.collection, id: id, expectation: expectation, change: .delete)
    }
}

/// How documents are written: JSON with sorted keys, so that equal documents are equal bytes.
enum StoredDocumentCoding {
    static func encode<D: StoredDocument>(_ document: D) throws(MartletError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(document))
        } catch {
            throw MartletError(
                .storeFailed, "\(D.collection) \(document.documentID) can't be written as a document", cause: error
            )
        }
    }

    static func decode<D: StoredDocument>(
        _ type: D.Type, id: String, schemaVersion: Int, body: [UInt8]
    ) throws(MartletError) -> D {
        guard schemaVersion <= D.schemaVersion else {
            throw MartletError(
                .storeFailed,
                "\(D.collection) \(id) has schema version \(schemaVersion) and this version reads up to \(D.schemaVersion); upgrade martletd"
            )
        }
        do {
            return try JSONDecoder().decode(D.self, from: Data(body))
        } catch {
            throw MartletError(.storeFailed, "\(D.collection) \(id) doesn't decode", cause: error)
        }
    }
}
