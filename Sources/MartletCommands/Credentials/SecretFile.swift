import MartletLinux
import MartletModel

/// A file that holds a token or a password and nothing else.
enum SecretFile {
    /// What it holds, without the blanks around it.
    ///
    /// - Throws: `notFound`, `forbidden`, `tooLarge`, `ioFailed`.
    static func read(_ path: String) throws(MartletError) -> String {
        trimmed(try BoundedFile.readText(path, limit: limit))
    }

    /// As `read`, of a file that nobody else can read.
    ///
    /// - Throws: `forbidden` for one that is open to others; as `read`.
    static func readPrivate(_ path: String) throws(MartletError) -> String {
        trimmed(String(decoding: try PrivateFile.read(path, limit: limit), as: UTF8.self))
    }

    /// In bytes; far more than any secret has.
    private static let limit = 4096

    private static func trimmed(_ text: String) -> String {
        let isBlank = { (character: Character) in character.isWhitespace }
        return String(String(text.drop(while: isBlank).reversed()).drop(while: isBlank).reversed())
    }
}
