import MartletLinux
import MartletModel

/// A file that holds a token or a password and nothing else.
enum SecretFile {
    /// What it holds, without the blanks around it.
    ///
    /// - Throws: `notFound`, `forbidden`, `tooLarge`, `ioFailed`.
    static func read(_ path: String) throws(MartletError) -> String {
        let text = try BoundedFile.readText(path, limit: 4096)
        let isBlank = { (character: Character) in character.isWhitespace }
        return String(String(text.drop(while: isBlank).reversed()).drop(while: isBlank).reversed())
    }
}
