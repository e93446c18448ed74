import HTTPTypes
import MartletLinux
import MartletModel
import NIOCore

/// The files that pages are made of: the console's own, which are in the program, and those of Debian's packages, which stay where the
/// packages put them. What isn't in the table isn't served.
///
/// Their address has a version in it that changes with any of them, so browsers keep them for good and never have an old one.
final class Assets: Sendable {
    static let folder = "assets"

    private struct Asset: Sendable {
        enum Source: Sendable {
            case bytes(ByteBuffer)
            /// Of a package.
            case file(PackagedFiles.File)
        }

        var source: Source
        var mediaType: String
    }

    private let table: [String: Asset]
    private let version: String

    init() {
        var table: [String: Asset] = [:]
        var marks: [String] = []
        for (name, bytes) in Self.own {
            table[name] = Asset(source: .bytes(ByteBuffer(bytes: bytes)), mediaType: Self.mediaType(name))
            marks.append("\(name) \(SHA256Digest(of: bytes))")
        }
        for file in PackagedFiles.all() {
            table[file.name] = Asset(source: .file(file), mediaType: Self.mediaType(file.name))
            marks.append("\(file.name) \(file.mark)")
        }
        self.table = table
        let digest = SHA256Digest(of: Array(marks.sorted().joined(separator: "\n").utf8))
        version = String("\(digest)".prefix(16))
    }

    private static let own: [(String, [UInt8])] = [
        ("console.css", PackageResources.console_css),
        ("console.js", PackageResources.console_js),
        ("live.js", PackageResources.live_js),
        ("morph.js", PackageResources.morph_js),
        ("theme.js", PackageResources.theme_js),
        ("mark.svg", PackageResources.mark_svg),
        ("serial.js", PackageResources.serial_js),
    ]

    /// Whether there is a file of this name; one of a package that isn't installed isn't there.
    func has(_ name: String) -> Bool { table[name] != nil }

    /// Where a file is.
    func address(_ name: String) -> PageAddress {
        PageAddress([Self.folder, version] + name.split(separator: "/").map(String.init))
    }

    func reply(to request: ConsoleRequest) async -> ConsoleReply {
        guard request.method == .get || request.method == .head, request.path.count > 2,
            let asset = table[request.path.dropFirst(2).joined(separator: "/")]
        else { return ConsoleReply(status: .notFound) }
        let isCurrent = request.path[1] == version
        let tag = "\"\(version)\""
        var headers: HTTPFields = [.eTag: tag]
        headers[.cacheControl] = isCurrent ? "public, max-age=31536000, immutable" : "no-cache"
        if isCurrent, request.headers[.ifNoneMatch] == tag {
            return ConsoleReply(status: .notModified, headers: headers)
        }
        guard let bytes = await Self.bytes(of: asset) else { return ConsoleReply(status: .notFound) }
        return ConsoleReply(headers: headers, body: .bytes(bytes, mediaType: asset.mediaType))
    }

    private static func bytes(of asset: Asset) async -> ByteBuffer? {
        switch asset.source {
        case .bytes(let buffer): return buffer
        case .file(let file):
            return try? await BlockingWork.run { () throws(MartletError) in
                ByteBuffer(bytes: try PackagedFiles.contents(of: file))
            }
        }
    }

    private static func mediaType(_ name: String) -> String {
        if name.hasSuffix(".js") { return "text/javascript; charset=utf-8" }
        if name.hasSuffix(".css") { return "text/css; charset=utf-8" }
        return "image/svg+xml"
    }
}
