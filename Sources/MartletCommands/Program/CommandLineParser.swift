import ArgumentParser

/// From words to a command.
///
/// The library builds the whole tree of commands and goes through it word by word, which takes as long as many a host takes to
/// answer. A line that begins with a verb's names, as nearly all do, is for that verb alone; only if the verb can't make sense of
/// the rest is the tree asked: for help, for what is wrong, for completion.
enum CommandLineParser {
    /// - Throws: what the library throws for help, the version, and what can't be understood.
    static func parse(_ words: [String]) throws -> any ParsableCommand {
        if let (verb, rest) = verb(words), let command = try? verb.parseAsRoot(rest), type(of: command) == verb {
            return command
        }
        return try MartletCommand.parseAsRoot(words)
    }

    /// The verb that a line begins with the names of, and what follows them; nil when it doesn't begin so.
    static func verb(_ words: [String]) -> (verb: any ParsableCommand.Type, rest: [String])? {
        var command: any ParsableCommand.Type = MartletCommand.self
        for (index, word) in words.enumerated() {
            let children = command.configuration.subcommands
            guard !children.isEmpty else { return (command, Array(words[index...])) }
            guard let child = children.first(where: { $0._commandName == word }) else { return nil }
            command = child
        }
        return command.configuration.subcommands.isEmpty ? (command, []) : nil
    }
}
