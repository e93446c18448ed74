/// Options of the host and the output may stand before the noun too, as in `martlet --root DIR vm list`.
///
/// The parser knows options of a verb only behind the verb, so they are moved there.
enum LeadingOptions {
    private static let names: Set<String> = [
        "--root", "--url", "--fingerprint", "--token-file", "--context", "--user", "--output", "-o",
    ]

    /// The arguments with the options that stood before the first word at their end, or before `--`.
    static func moved(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var leading: [String] = []
        while let option = rest.first, let name = option.split(separator: "=", maxSplits: 1).first,
            names.contains(String(name))
        {
            let count = option.contains("=") ? 1 : 2
            leading += rest.prefix(count)
            rest = rest.dropFirst(count)
        }
        guard !leading.isEmpty, rest.contains(where: { !$0.hasPrefix("-") }) else { return arguments }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return Array(rest[..<end]) + leading + Array(rest[end...])
    }
}
