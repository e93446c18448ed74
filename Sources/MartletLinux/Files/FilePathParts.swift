/// A path as its folder and its last component.
package struct FilePathParts: Sendable {
    package let folder: String
    package let name: String

    package init(_ path: String) {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let slash = trimmed.lastIndex(of: "/") else {
            folder = "."
            name = trimmed
            return
        }
        folder = slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
        name = String(trimmed[trimmed.index(after: slash)...])
    }
}
