/// The daemon's configuration file: lines of `key = value`, blank lines, and comments, whose lines begin with `#`.
///
/// Strict: a line that can't be understood is a mistake of somebody's, and a daemon that guessed what was meant would run
/// with other settings than its administrator believes.
package enum DaemonSettingsFile {
    /// Where the package puts it and the service reads it.
    package static let standardPath = "/etc/martlet/martletd.conf"
    /// In bytes.
    package static let longest = 64 << 10

    /// Reads a file's bytes; `path` is for what is said about it.
    ///
    /// - Throws: `invalidArgument` with every mistake, a line each: file, line, key and remedy.
    package static func parse(_ bytes: [UInt8], path: String) throws(MartletError) -> DaemonSettings {
        guard bytes.count <= longest else {
            throw MartletError(.invalidArgument, "\(path): more than \(longest) bytes; this is no configuration file")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw MartletError(.invalidArgument, "\(path): not UTF-8 text; save it as UTF-8")
        }
        var reader = Reader()
        // To Swift a carriage return and a newline are one character.
        let isEnd = { (character: Character) in character == "\n" || character == "\r\n" }
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: isEnd).enumerated() {
            reader.read(line, number: index + 1)
        }
        guard reader.mistakes.isEmpty else {
            let lines = reader.mistakes.map { "\(path):\($0.line): \($0.text)" }
            throw MartletError(.invalidArgument, lines.joined(separator: "\n"))
        }
        return reader.settings
    }

    /// The default file: every setting explained, each commented out with its default.
    package static var defaultText: String {
        let head = """
            # The configuration of martletd, Martlet's host service.
            #
            # A setting is a line 'key = value'. The lines below that begin with '#' and a key show the defaults. What is given
            # on the daemon's command line wins over this file. After a change: martletd --check-config, then
            # systemctl restart martletd, which no virtual machine notices.

            """
        let settings = DaemonSetting.all.map { setting in
            let comment = TextWrap.lines("\(setting.summary) \(setting.explanation)", width: 116).map { "# \($0)\n" }
            return "\n" + comment.joined() + "#\(setting.key.rawValue) = \(setting.defaultText)\n"
        }
        return head + settings.joined()
    }

    private struct Mistake {
        var line: Int
        var text: String
    }

    private struct Reader {
        var settings = DaemonSettings()
        var mistakes: [Mistake] = []
        private var lines: [DaemonSetting.Key: Int] = [:]

        mutating func read(_ raw: Substring, number: Int) {
            let line = raw.trimmed
            if line.isEmpty || line.hasPrefix("#") { return }
            guard let equals = line.firstIndex(of: "=") else {
                return refuse(number, "'\(Self.shown(line))' is not 'key = value'; begin a comment with #")
            }
            let name = line[..<equals].trimmed
            let value = line[line.index(after: equals)...].trimmed
            guard let key = DaemonSetting.Key(rawValue: String(name)) else {
                let known = DaemonSetting.Key.allCases.map(\.rawValue).joined(separator: ", ")
                return refuse(number, "there is no setting '\(Self.shown(name))'; the settings are \(known)")
            }
            if let first = lines[key] {
                return refuse(number, "\(name): set in line \(first) already; keep one of the two")
            }
            lines[key] = number
            take(key, String(value), number)
        }

        private mutating func take(_ key: DaemonSetting.Key, _ value: String, _ number: Int) {
            guard !value.isEmpty else {
                return refuse(
                    number, "\(key.rawValue): there is no value; give one, or put # before the line for the default")
            }
            do {
                try settings.set(key, to: value)
            } catch {
                refuse(number, "\(key.rawValue): \(error.message)")
            }
        }

        private mutating func refuse(_ line: Int, _ text: String) { mistakes.append(Mistake(line: line, text: text)) }

        /// Bounded, and without what a terminal would act on.
        private static func shown(_ text: Substring) -> String {
            let printable = text.unicodeScalars.prefix(60).map {
                $0.value < 32 || $0.value == 127 ? "?" : Character($0)
            }
            return String(printable) + (text.unicodeScalars.count > 60 ? "…" : "")
        }
    }
}

extension Substring {
    /// Without blanks at both ends, a carriage return among them.
    fileprivate var trimmed: Substring {
        let isBlank = { (character: Character) in character == " " || character == "\t" || character == "\r" }
        let rest = drop(while: isBlank)
        guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return rest.prefix(0) }
        return rest[...last]
    }
}
