import FoundationEssentials
import MartletLinux
import MartletModel

/// Files of Debian's packages that pages use: the terminal, whose modules are in `node-xterm` and whose style sheet is in `libjs-xterm`.
enum PackagedFiles {
    struct File: Sendable {
        /// Below `/assets/<version>/`.
        var name: String
        var parts: [Part]
        /// Whether its parts are CommonJS modules, which become one script that registers each by its name.
        var isBundle = false
        /// What changes with the file.
        var mark: String { parts.map(\.mark).joined(separator: " ") }
    }

    /// A file of a package.
    struct Part: Sendable {
        /// Of a module, without `.js`.
        var name: String
        var path: String
        var mark: String
    }

    /// Of one file, in bytes; the largest is a twentieth of it.
    private static let longest = 2 << 20
    private static let modules = "/usr/share/nodejs/xterm/lib"

    /// Those that are there.
    static func all() -> [File] {
        let style = part("xterm.css", "/usr/share/javascript/xterm/xterm.css").map { [$0] } ?? []
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: modules)) ?? []
        let scripts = paths.sorted().filter { $0.hasSuffix(".js") && !$0.contains(".test.") }.compactMap { path in
            part(String(path.dropLast(3)), "\(modules)/\(path)")
        }
        // The packages have this one apart from the others.
        let fit = scripts.isEmpty ? nil : part("addons/fit/fit", "/usr/share/javascript/xterm/addons/fit/fit.js")
        return [
            File(name: "xterm/xterm.css", parts: style),
            File(name: "xterm/xterm.js", parts: scripts + (fit.map { [$0] } ?? []), isBundle: true),
        ].filter { !$0.parts.isEmpty }
    }

    /// What a browser gets.
    ///
    /// - Throws: `ioFailed`, `notFound`, `tooLarge` for a file that has gone or grown since.
    static func contents(of file: File) throws(MartletError) -> [UInt8] {
        var bytes: [UInt8] = file.isBundle ? Array("window.packagedModules = {};\n".utf8) : []
        for part in file.parts {
            let text = try BoundedFile.read(part.path, limit: longest)
            if !file.isBundle {
                bytes += text
                continue
            }
            bytes += Array("window.packagedModules[\"\(part.name)\"] = function (module, exports, require) {\n".utf8)
            bytes += text
            bytes += Array("\n};\n".utf8)
        }
        return bytes
    }

    /// nil for one that isn't there, or whose name no module has.
    private static func part(_ name: String, _ path: String) -> Part? {
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }),
            let facts = try? FileManager.default.attributesOfItem(atPath: path)
        else { return nil }
        let size = (facts[.size] as? any BinaryInteger).map { "\($0)" } ?? "?"
        let date = (facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return Part(name: name, path: path, mark: "\(name) \(size) \(date)")
    }
}
