package import MartletModel

/// What `If-Match` names: any revision, or one.
package enum EntityTag: Hashable, Sendable {
    case any
    case revision(Int64)

    /// Reads `*` or a revision between quotation marks; nil for anything else, weak tags and lists included.
    package init?(_ text: String) {
        if text == "*" {
            self = .any
            return
        }
        let inner = text.dropFirst().dropLast()
        guard text.count >= 3, text.hasPrefix("\""), text.hasSuffix("\""), inner.utf8.count <= 18,
            inner.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let revision = Int64(inner)
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
