import Foundation
import Testing

/// Files that say what texts are to be. `MARTLET_REWRITE_GOLDEN=1` rewrites them from the texts as they are.
enum Golden {
    private static let rewrites = ProcessInfo.processInfo.environment["MARTLET_REWRITE_GOLDEN"] == "1"

    /// Compares `text` with a file below `Golden`.
    static func expect(_ text: String, _ name: String, location: SourceLocation = #_sourceLocation) throws {
        try expect(text, file: folder.appending(path: name), location)
    }

    /// Compares `text` with a file of the repository.
    static func expect(_ text: String, inRepository path: String, location: SourceLocation = #_sourceLocation) throws {
        let repository = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        try expect(text, file: repository.appending(path: path), location)
    }

    /// The names below a folder of `Golden`.
    static func names(in name: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: name).path))
    }

    private static var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")
    }

    private static func expect(_ text: String, file: URL, _ location: SourceLocation) throws {
        if rewrites {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let golden = try? String(contentsOf: file, encoding: .utf8)
        #expect(
            text == golden,
            "\(file.lastPathComponent) differs; MARTLET_REWRITE_GOLDEN=1 rewrites it",
            sourceLocation: location
        )
    }
}
