import MartletModel

/// A path as its folder and its last component.
package struct FilePathParts: Sendable {
    package let folder: String
    package let name: String

    package init(_ path: String) {
        let trimmed =
            path.utf8.count > 1 && path.endsWithSlash ? String(decoding: path.utf8.dropLast(), as: UTF8.self) : path
        guard let slash = trimmed.lastSlash else {
            folder = "."
            name = trimmed
            return
        }
        let before = trimmed.utf8[..<slash]
        folder = before.isEmpty ? "/" : String(decoding: before, as: UTF8.self)
        name = String(decoding: trimmed.utf8[trimmed.utf8.index(after: slash)...], as: UTF8.self)
    }
}
