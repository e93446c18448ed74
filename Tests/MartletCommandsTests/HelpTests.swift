import ArgumentParser
import MartletClient
import Testing

@testable import MartletCommands

@Suite("Help")
struct HelpTests {
    /// All commands, nouns too, by the name of their golden file.
    private static let commands: [(name: String, type: any ParsableCommand.Type)] = below(
        MartletCommand.self, ["martlet"])

    private static func below(
        _ type: any ParsableCommand.Type,
        _ path: [String]
    ) -> [(name: String, type: any ParsableCommand.Type)] {
        [(path.joined(separator: "-"), type)]
            + type.configuration.subcommands.flatMap { below($0, path + [$0._commandName]) }
    }

    @Test("every help is the golden one, and no golden one is left over")
    func golden() throws {
        for (name, type) in Self.commands { try Golden.expect(Self.help(type), "help/\(name).txt") }
        #expect(try Golden.names(in: "help") == Set(Self.commands.map { "\($0.name).txt" }))
    }

    @Test("docs/commands.md is what the commands say")
    func documentation() throws {
        try Golden.expect(Self.document, inRepository: "docs/commands.md")
    }

    @Test("every command has an abstract that is a sentence")
    func abstracts() {
        for (name, type) in Self.commands {
            #expect(type.configuration.abstract.hasSuffix("."), "\(name)")
            #expect(!type.configuration.abstract.contains("\n"), "\(name)")
        }
    }

    private static func help(_ type: any ParsableCommand.Type) -> String {
        let text = MartletCommand.helpMessage(for: type, columns: 100)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.replacing(/\s+$/, with: "") }.joined(separator: "\n") + (text.hasSuffix("\n") ? "" : "\n")
    }

    private static var document: String {
        let nouns = MartletCommand.configuration.subcommands
        return """
            # The commands

            This page is made from the commands themselves: `MARTLET_REWRITE_GOLDEN=1 swift test --filter MartletCommandsTests` \
            rewrites it.

            ```text
            \(help(MartletCommand.self))```

            ## Exit codes

            | code | meaning |
            |---|---|
            \(ExitStatus.all.map { "| \($0.rawValue) | \($0.meaning) |" }.joined(separator: "\n"))

            Results are printed on stdout and everything else on stderr. With `--output json` a list is an array of objects, also
            when it is empty; sizes are numbers of bytes and times are RFC 3339 in UTC. A verb that takes several names does what
            it can, tells of each, and ends with the code of the first that failed.

            \(nouns.map(section).joined(separator: "\n"))
            """
    }

    private static func section(_ noun: any ParsableCommand.Type) -> String {
        let name = noun._commandName
        let verbs = noun.configuration.subcommands
        if verbs.isEmpty { return "## \(name)\n\n" + page(noun, name) }
        return "## \(name)\n\n\(noun.configuration.abstract)\n\n"
            + verbs.map { "### \(name) \($0._commandName)\n\n" + page($0, "\(name) \($0._commandName)") }.joined(
                separator: "\n")
    }

    private static func page(_ type: any ParsableCommand.Type, _ name: String) -> String {
        let uses = CommandCatalog.entries.first { $0.name == name }?.uses ?? []
        let routes = uses.isEmpty ? "" : "\nRoutes: " + uses.map { "`\($0.rawValue)`" }.joined(separator: ", ") + "\n"
        return "```text\n\(help(type))```\n\(routes)"
    }
}
