package import MartletModel

/// What `If-Match` names: any revision, or one.
package enum EntityTag: Hashable, Sendable {
    case any
    case revision(Int64)

    /// Reads `*` or a revision, with or without the quotation marks that belong around it and that some clients take away.
    ///
    /// nil for anything else, weak tags and lists included.
    package init?(_ text: String) {
        if text == "*" {
            self = .any
            return
        }
        let isQuoted = text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
        let digits = isQuoted ? text.dropFirst().dropLast() : text[...]
        guard (1...18).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let revision = Int64(digits)
        else { return nil }
        self = .revision(revision)
    }

    /// The revision to compare with; nil when any will do.
    package var revision: Int64? {
        guard case .revision(let revision) = self else { return nil }
        return revision
    }

    /// The tag of a machine, as `ETag` carries it.
    package static func text(_ machine: VirtualMachine) -> String { "\"\(machine.revision)\"" }
}
