import FoundationEssentials
import MartletModel

/// Turns results into text, in each of the formats; the only place that does.
struct Renderer {
    let format: OutputFormat
    let now: Moment

    init(_ options: OutputOptions, now: Moment) { self.init(options.output, now: now) }

    init(_ format: OutputFormat, now: Moment) {
        self.format = format
        self.now = now
    }

    /// A table with titles (also when there is nothing below them), or an array.
    func list<Item: Tabular>(_ items: [Item]) throws -> String {
        if format != .table { return try encode(items) }
        return Table(
            titles: Item.columns.map(\.title),
            alignments: Item.columns.map(\.alignment),
            rows: items.map { item in Item.columns.map { $0.value(item, now) } }
        ).text
    }

    /// A line for each field, or an object.
    func one<Item: Tabular>(_ item: Item) throws -> String {
        if format != .table { return try encode(item) }
        return Self.lines(item.fields(now: now))
    }

    private func encode(_ value: some Encodable) throws -> String {
        switch format {
        case .table, .json: try Self.json(value)
        case .yaml: try Self.yaml(value)
        }
    }

    /// `value` as JSON over several lines, or in one for streams of values.
    static func json(_ value: some Encodable, inOneLine: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !inOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
        return Printable.escapeJSON(String(decoding: try encoder.encode(value), as: UTF8.self)) + "\n"
    }

    /// `value` as a YAML document without markers.
    static func yaml(_ value: some Encodable) throws -> String { try YAMLText(json: JSONEncoder().encode(value)).text }

    private static func lines(_ fields: [Field]) -> String {
        let told = fields.filter { !$0.value.isEmpty || $0.isHeading }
        let fields = told.indices.filter { index in
            !told[index].isHeading || (index + 1 < told.count && !told[index + 1].isHeading)
        }.map { told[$0] }
        let width = fields.reduce(0) { max($0, $1.isHeading ? 0 : $1.name.count) } + 2
        return fields.map { field in
            if field.isHeading { return "\n\(field.name)\n" }
            let lines = field.value.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let name = "\(field.name):" + String(repeating: " ", count: width - field.name.count - 1)
            let values = lines.map { Printable.escape(String($0)) }
            return name + values.joined(separator: "\n" + String(repeating: " ", count: width)) + "\n"
        }.joined()
    }
}
