import Yams

/// Writes fractions as all readers of YAML take them: Yams' encoder gives `5e-1`, which those of YAML 1.1 read as text.
enum YAMLNumbers {
    static func plain(_ node: Node) -> Node {
        switch node {
        case .scalar(var scalar):
            let isPlain = scalar.style == .any || scalar.style == .plain
            if isPlain, node.tag == Tag(.float), let number = Double(scalar.string) { scalar.string = "\(number)" }
            return .scalar(scalar)
        case .mapping(var mapping):
            for (key, value) in mapping { mapping[key] = plain(value) }
            return .mapping(mapping)
        case .sequence(var sequence):
            for index in sequence.indices { sequence[index] = plain(sequence[index]) }
            return .sequence(sequence)
        case .alias: return node
        }
    }
}
