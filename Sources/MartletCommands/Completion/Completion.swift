import ArgumentParser
import MartletClient

struct Completion: Verb {
    enum Shell: String, ExpressibleByArgument, CaseIterable, Sendable { case bash, zsh, fish }

    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a script that completes commands in a shell.",
        discussion: """
              martlet completion bash >/etc/bash_completion.d/martlet
              martlet completion zsh >/usr/local/share/zsh/site-functions/_martlet
              martlet completion fish >~/.config/fish/completions/martlet.fish
            """
    )
    static let uses: [OperationID] = []

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run(in context: CommandContext) async throws {
        let script = MartletCommand.completionScript(for: CompletionShell(shell))
        try context.streams.print(script.hasSuffix("\n") ? script : script + "\n")
    }
}

extension CompletionShell {
    fileprivate init(_ shell: Completion.Shell) {
        self =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
    }
}
