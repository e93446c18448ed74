import MartletAPI
import MartletModel
import NIOCore
import Testing

@Suite("Pages")
struct PaginationTests {
    private let names = (0..<25).map { "vm-\($0 < 10 ? "0" : "")\($0)" }

    @Test("the pages together are the list, whatever their size", arguments: [1, 2, 7, 24, 25, 26, 1000])
    func together(limit: Int) {
        var seen: [String] = []
        var after: String?
        repeat {
            let page = Pagination(names, limit: limit, after: after) { $0 }
            #expect(page.items.count <= limit && !page.items.isEmpty)
            seen += page.items
            after = page.next
        } while after != nil
        #expect(seen == names)
    }

    @Test("a page begins after a name that is gone, where it would have been")
    func gone() {
        let page = Pagination(names, limit: 3, after: "vm-045") { $0 }
        #expect(Array(page.items) == ["vm-05", "vm-06", "vm-07"] && page.next == "vm-07")
        #expect(Pagination(names, limit: 3, after: "zz") { $0 }.items.isEmpty)
        #expect(Pagination([String](), limit: 3, after: nil) { $0 }.next == nil)
    }

    @Test("a list in another order goes on by id, and an id that is gone is not found")
    func byID() throws {
        let ids = ["c", "a", "b"]
        #expect(try Array(Pagination(ids, limit: 2, afterID: nil) { $0 }.items) == ["c", "a"])
        #expect(try Array(Pagination(ids, limit: 2, afterID: "a") { $0 }.items) == ["b"])
        #expect {
            _ = try Pagination(ids, limit: 2, afterID: "x") { $0 }
        } throws: { ($0 as? MartletError)?.code == .notFound }
    }

    @Test("a page's bytes are JSON, in pieces of bounded size", arguments: [0, 1, 3, 1_000])
    func bytes(count: Int) throws {
        let items = (0..<count).map {
            ByteBuffer(string: "{\"n\":\($0),\"x\":\"\(String(repeating: "y", count: 200))\"}")
        }
        let pieces = PageBytes.pieces(of: items, next: count == 3 ? "a\"b" : nil)
        #expect(pieces.allSatisfy { $0.readableBytes <= PageBytes.pieceSize + 1_024 })
        let value = try JSONParser.parse(pieces.flatMap { Array(buffer: $0) })
        guard case .array(let read)? = value["items"] else {
            Issue.record("no items")
            return
        }
        #expect(read.compactMap { $0["n"] } == (0..<count).map { .integer(Int64($0)) })
        #expect(value["next"] == (count == 3 ? "a\"b" : nil))
    }
}
