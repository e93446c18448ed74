import MartletModel

/// What a catalog can hold: something that people call by its name.
protocol CatalogItem: Hashable, Sendable {
    /// What messages call one, with its article, such as "a disk".
    static var called: (article: String, noun: String) { get }

    var id: ID<Self> { get }
    var name: String { get }
}

extension Disk: CatalogItem {
    static var called: (article: String, noun: String) { ("a", "disk") }
}

extension Image: CatalogItem {
    static var called: (article: String, noun: String) { ("an", "image") }
}

/// The things of one kind that the host has, by name and by id. A value: its owner keeps it under a lock.
struct Catalog<Item: CatalogItem>: Sendable {
    private(set) var items: [ID<Item>: Item] = [:]
    /// Names in use, those of things in the making included.
    private(set) var names: [String: ID<Item>] = [:]
    /// Things that an operation is deleting.
    private(set) var leaving: Set<ID<Item>> = []

    /// All, by name.
    var sorted: [Item] { items.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) } }

    /// - Throws: `notFound`.
    func find(_ nameOrID: String) throws(MartletError) -> Item {
        if let id = ID<Item>(nameOrID) ?? names[nameOrID], let item = items[id] { return item }
        let noun = Item.called.noun
        throw MartletError(.notFound, "there is no \(noun) '\(nameOrID)'; list them with `martlet \(noun) list`")
    }

    /// Whether it is there to stay.
    func isThere(_ id: ID<Item>) -> Bool { items[id] != nil && !leaving.contains(id) }

    /// Keeps a name for something in the making; the same again is no change.
    ///
    /// - Throws: `alreadyExists`.
    mutating func reserve(name: String, for id: ID<Item>) throws(MartletError) {
        guard names[name] == nil || names[name] == id else {
            let called = Item.called
            throw MartletError(
                .alreadyExists, "there is \(called.article) \(called.noun) '\(name)' already; choose another name")
        }
        names[name] = id
    }

    /// Gives the name back of what was not made after all.
    mutating func forgetReservation(_ id: ID<Item>) {
        if items[id] == nil { forgetNames(of: id) }
    }

    /// - Throws: `wrongState`.
    mutating func markLeaving(_ id: ID<Item>) throws(MartletError) {
        guard leaving.insert(id).inserted else {
            throw MartletError(.wrongState, "the \(Item.called.noun) \(id) is being deleted already")
        }
    }

    mutating func unmarkLeaving(_ id: ID<Item>) { leaving.remove(id) }

    /// Takes in something new, or its change.
    ///
    /// - Returns: whether that is news.
    mutating func put(_ item: Item) -> Bool {
        names[item.name] = item.id
        return items.updateValue(item, forKey: item.id) != item
    }

    /// - Returns: whether it was known.
    mutating func remove(_ id: ID<Item>) -> Bool {
        forgetNames(of: id)
        leaving.remove(id)
        return items.removeValue(forKey: id) != nil
    }

    private mutating func forgetNames(of id: ID<Item>) { names = names.filter { $0.value != id } }
}
