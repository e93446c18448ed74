import ArgumentParser
package import MartletClient

/// Every verb and the routes of the API that it uses.
package enum CommandCatalog {
    package struct Entry: Hashable, Sendable {
        /// Such as `vm list`.
        package var name: String
        package var uses: [OperationID]
    }

    /// In the order of the help. What is in the tree and is neither a noun nor a `Verb` is left out.
    package static var entries: [Entry] {
        leaves.compactMap { leaf in
            (leaf.type as? any Verb.Type).map { Entry(name: leaf.name, uses: $0.uses) }
        }
    }

    /// A command without commands below it.
    struct Leaf {
        var name: String
        var type: any ParsableCommand.Type
    }

    static var leaves: [Leaf] { leaves(below: MartletCommand.self, path: []) }

    private static func leaves(below type: any ParsableCommand.Type, path: [String]) -> [Leaf] {
        let children = type.configuration.subcommands
        if children.isEmpty { return [Leaf(name: path.joined(separator: " "), type: type)] }
        return children.flatMap { leaves(below: $0, path: path + [$0._commandName]) }
    }
}
