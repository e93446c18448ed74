/// What a machine's labels must be for it to be chosen: `env=test` for a value, `env` for any.
package struct LabelSelector: Hashable, Sendable, CustomStringConvertible {
    package var name: String
    /// nil for any.
    package var value: String?

    /// - Throws: `invalidArgument` for a name that no label can have.
    package init(_ text: String) throws(MartletError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        name = parts[0]
        value = parts.count > 1 ? parts[1] : nil
        guard VirtualMachineRules.isLabelName(name) else {
            throw MartletError(
                .invalidArgument,
                "'\(text.prefix(60))' chooses by no label; give a name, or NAME=VALUE such as env=test")
        }
    }

    package var description: String { value.map { "\(name)=\($0)" } ?? name }

    package func admits(_ labels: [String: String]) -> Bool {
        guard let found = labels[name] else { return false }
        return value == nil || value == found
    }
}
