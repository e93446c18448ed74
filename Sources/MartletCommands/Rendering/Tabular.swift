import MartletModel

/// A column of a list's table.
struct Column<Item>: Sendable {
    var title: String
    var alignment: Table.Alignment = .left
    /// `now` is for ages.
    var value: @Sendable (_ item: Item, _ now: Moment) -> String

    init(_ title: String, _ alignment: Table.Alignment = .left, _ value: @escaping @Sendable (Item, Moment) -> String) {
        self.title = title
        self.alignment = alignment
        self.value = value
    }

    init(_ title: String, _ alignment: Table.Alignment = .left, _ value: @escaping @Sendable (Item) -> String) {
        self.init(title, alignment) { item, _ in value(item) }
    }
}

/// A line about one thing. Several lines of value stand below each other, and one without a value is left out.
struct Field: Sendable {
    var name: String
    var value: String
    private(set) var isHeading = false

    /// The title of the fields below it, up to the next; left out where none of them has a value.
    static func heading(_ title: String) -> Field {
        var field = Field(title, nil)
        field.isHeading = true
        return field
    }

    init(_ name: String, _ value: String?) {
        self.name = name
        self.value = value ?? ""
    }
}

/// What the renderer can print: as JSON and YAML by its coding, as a table by these.
protocol Tabular: Encodable, Sendable {
    static var columns: [Column<Self>] { get }

    /// What is shown of one alone.
    func fields(now: Moment) -> [Field]
}
