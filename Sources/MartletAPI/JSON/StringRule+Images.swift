import MartletModel

extension StringRule {
    /// An ECMA-262 class's content: what can't be seen.
    private static let control = #"\u0000-\u001f\u007f-\u009f"#
    private static let addressPattern =
        #"[hH][tT][tT][pP][sS]?://[^/?#@ "\\"# + control + #"]+(?:[/?#][^ "\\"# + control + "]*)?"
    private static let pathPattern = "/[^\(control)]*[^/\(control)]"

    /// Where an image may come from.
    package static let imageSource = StringRule(
        shortest: 1, longest: ImageRules.longestSource, pattern: "^(?:\(pathPattern)|\(addressPattern))$",
        problem: { text in problem { () throws(MartletError) in _ = try ImageRules.source(text) } }
    )

    /// An `http` or `https` address.
    package static let address = StringRule(
        shortest: 1, longest: ImageRules.longestSource, pattern: "^\(addressPattern)$",
        problem: { text in
            guard ImageRules.isAddress(text) else { return "is not an http or https address" }
            return problem { () throws(MartletError) in _ = try ImageRules.source(text) }
        }
    )

    package static let sha256 = StringRule(
        shortest: 64, longest: 64, pattern: "^[0-9a-fA-F]{64}$",
        problem: { text in problem { () throws(MartletError) in _ = try ImageRules.sha256(text) } }
    )

    /// A line of `authorized_keys` without options.
    package static let sshKey = StringRule(
        shortest: 1, longest: CloudInit.longestKey,
        pattern: "^(?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)[A-Za-z0-9@.-]* [A-Za-z0-9+/=]+(?: [^\(control)]*)?$",
        problem: { CloudInit.isPublicKey($0) ? nil : "is no ssh public key; give a line such as that of a .pub file" }
    )

    private static func problem(_ check: () throws(MartletError) -> Void) -> String? {
        do {
            try check()
            return nil
        } catch {
            return "can't be taken: \(error.message)"
        }
    }
}
