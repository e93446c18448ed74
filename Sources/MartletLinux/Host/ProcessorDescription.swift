/// What `/proc/cpuinfo` says of the first processor.
struct ProcessorDescription {
    var name = ""
    var flags: Set<Substring> = []

    init(parsing text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            // An empty line ends the first processor; the others are like it.
            guard !line.isEmpty else { break }
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].prefix(while: { $0 != "\t" }) {
            case "model name": name = String(value)
            case "flags", "Features": flags = Set(value.split(separator: " "))
            default: break
            }
        }
    }

    var hasVirtualizationExtensions: Bool { virtualizationExtension != nil }

    /// Intel's extension or AMD's.
    var virtualizationExtension: String? { ["vmx", "svm"].first { flags.contains($0[...]) } }
}
