import ArgumentParser

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case table, json, yaml
}

/// The option `--output`; on every verb with a result.
struct OutputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "How the result is printed: table, json or yaml.")
    var output: OutputFormat = .table
}

/// The option `--no-wait`; on every verb that begins an operation.
struct WaitOptions: ParsableArguments {
    @Flag(name: .long, help: "Don't wait for the end; print the operation's id alone.")
    var noWait = false
}
