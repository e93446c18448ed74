import FoundationEssentials

/// Files of Debian's packages that pages use: the terminal (`libjs-xterm`) and the screen (`novnc`).
enum PackagedFiles {
    struct File: Sendable {
        /// Below `/assets/<version>/`.
        var name: String
        var path: String
        /// What changes with the file.
        var mark: String
    }

    /// Of one, in bytes; the largest is a fifth of it.
    static let longest = 2 << 20

    private static let single = [
        ("xterm/xterm.js", "/usr/share/javascript/xterm/xterm.js"),
        ("xterm/xterm.css", "/usr/share/javascript/xterm/xterm.css"),
        ("xterm/fit.js", "/usr/share/javascript/xterm/addons/fit/fit.js"),
    ]
    /// noVNC is modules that import each other by relative paths.
    private static let modules = [
        ("novnc/core", "/usr/share/novnc/core"), ("novnc/vendor", "/usr/share/novnc/vendor"),
    ]

    /// Those that are there.
    static func all() -> [File] {
        var files = single.compactMap { file(name: $0.0, path: $0.1) }
        for (name, folder) in modules {
            let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
            files += paths.filter { $0.hasSuffix(".js") }.compactMap {
                file(name: "\(name)/\($0)", path: "\(folder)/\($0)")
            }
        }
        return files
    }

    private static func file(name: String, path: String) -> File? {
        guard let facts = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
        let size = (facts[.size] as? any BinaryInteger).map { "\($0)" } ?? "?"
        let date = (facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return File(name: name, path: path, mark: "\(size) \(date)")
    }
}
