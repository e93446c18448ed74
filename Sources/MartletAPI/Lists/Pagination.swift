package import MartletModel

/// One page of a list that is sorted by a key, which no two items share.
package struct Pagination<Item> {
    /// What a page holds when the client doesn't say.
    package static var standardLimit: Int { 1000 }
    package static var limits: ClosedRange<Int> { 1...10_000 }

    package var items: ArraySlice<Item>
    /// The key after which the next page begins; nil on the last one.
    package var next: String?

    /// The page after the item whose key is `after`, which may be gone by now; from the beginning for nil.
    ///
    /// - Parameter items: sorted by rising key.
    package init(_ items: [Item], limit: Int, after: String?, key: (Item) -> String) {
        let start = after.map { after in Self.partition(items) { key($0) > after } } ?? items.startIndex
        self.init(items[start...], limit: limit, key: key)
    }

    /// The page after the item whose id is `after`, in a list that has another order.
    ///
    /// - Throws: `notFound` when there is no such item any more.
    package init(_ items: [Item], limit: Int, afterID after: String?, id: (Item) -> String) throws(MartletError) {
        var start = items.startIndex
        if let after {
            guard let last = items.firstIndex(where: { id($0) == after }) else {
                throw MartletError(
                    .notFound, "there is nothing with the id '\(after.prefix(60))' any more; ask for the first page")
            }
            start = last + 1
        }
        self.init(items[start...], limit: limit, key: id)
    }

    private init(_ rest: ArraySlice<Item>, limit: Int, key: (Item) -> String) {
        items = rest.prefix(limit)
        next = items.count < rest.count ? items.last.map(key) : nil
    }

    /// The first index whose item satisfies, when all after it do too.
    private static func partition(_ items: [Item], _ satisfies: (Item) -> Bool) -> Int {
        var range = items.startIndex..<items.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = satisfies(items[middle]) ? range.lowerBound..<middle : (middle + 1)..<range.upperBound
        }
        return range.lowerBound
    }
}
