import ArgumentParser

struct TokenNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Tokens, with which programs and other machines use the API.",
        subcommands: [TokenCreate.self, TokenList.self, TokenDelete.self]
    )
}
