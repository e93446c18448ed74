/// Rows below titles, aligned by what terminals show.
struct Table {
    enum Alignment: Sendable { case left, right }

    var titles: [String]
    var alignments: [Alignment]
    /// Each as long as `titles`.
    var rows: [[String]]

    /// Lines that end in a line feed and not in blanks.
    var text: String {
        let rows = [titles] + rows.map { $0.map(Printable.escape) }
        let widths = rows.map { $0.map(DisplayWidth.of) }
        let columns = titles.indices.map { column in widths.reduce(0) { max($0, $1[column]) } }
        var text = ""
        for (row, rowWidths) in zip(rows, widths) {
            append(row, rowWidths, columns, to: &text)
        }
        return text
    }

    private func append(_ row: [String], _ widths: [Int], _ columns: [Int], to text: inout String) {
        var line = ""
        for index in row.indices {
            let padding = String(repeating: " ", count: columns[index] - widths[index])
            if index > 0 { line += "  " }
            line += alignments[index] == .left ? row[index] + padding : padding + row[index]
        }
        while line.last == " " { line.removeLast() }
        text += line + "\n"
    }
}
