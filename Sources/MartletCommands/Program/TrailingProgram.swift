/// What stands behind `--` on `vm exec`: a program and its arguments, which are never taken for options or machines.
///
/// The parser knows one list of words alone, so each word of this one becomes an option's value.
enum TrailingProgram {
    static let option = "program-word"

    /// The arguments with what is behind the first `--` as options.
    static func moved(_ arguments: [String]) -> [String] {
        guard Array(arguments.prefix(2)) == ["vm", "exec"], let end = arguments.firstIndex(of: "--") else {
            return arguments
        }
        return arguments[..<end] + arguments[arguments.index(after: end)...].map { "--\(option)=\($0)" }
    }
}
