/// A metric with all its samples, as Prometheus' text format (version 0.0.4) has it.
package struct MetricFamily: Sendable {
    /// As Prometheus' text format names them.
    package enum Kind: String, Sendable { case gauge, counter, histogram }

    /// What tells one sample of a family from another.
    package struct Label: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    private struct Sample: Sendable {
        /// What stands behind the family's name, as `_sum` does.
        var suffix: String
        var labels: [Label]
        var value: Double
    }

    package let name: String
    package let kind: Kind
    package let help: String
    private var samples: [Sample] = []

    package init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    /// A family with one sample that needs no label.
    package init(_ name: String, _ kind: Kind, _ help: String, value: Double) {
        self.init(name, kind, help)
        add([], value)
    }

    /// Adds a sample; one that is nil is not known and left out.
    package mutating func add(_ labels: [Label], _ value: Double?, suffix: String = "") {
        guard let value else { return }
        samples.append(Sample(suffix: suffix, labels: labels, value: value))
    }

    /// Adds a sample of a number of bytes or of things.
    package mutating func add(_ labels: [Label], _ value: Int64?) { add(labels, value.map(Double.init)) }

    /// The family's lines; one without samples tells what it would be.
    package var text: String {
        var text = "# HELP \(name) \(Self.escaped(help, quote: false))\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            text += name + sample.suffix
            if !sample.labels.isEmpty {
                let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quote: true))\"" }
                text += "{\(labels.joined(separator: ","))}"
            }
            text += " \(Self.number(sample.value))\n"
        }
        return text
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quote: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Whole numbers without a point, so that a byte count reads as one.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 0x1p53 ? "\(Int64(value))" : "\(value)"
    }
}
