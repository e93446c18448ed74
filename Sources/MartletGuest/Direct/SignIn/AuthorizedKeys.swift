import Glibc
import MartletLinux
import MartletModel

/// The keys that open sessions as a user: those of its `~/.ssh/authorized_keys`, as sshd(8) reads it.
enum AuthorizedKeys {
    private static let files = ["authorized_keys", "authorized_keys2"]
    private static let longestFile = 256 * 1024
    static let most = 256

    /// What ssh-keygen(1) can verify.
    private static let types: Set<Substring> = [
        "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
    ]
    /// Options about things that don't exist here. A line with any other is passed over: what it asks for couldn't be held.
    private static let harmless: Set<String> = [
        "no-port-forwarding", "no-agent-forwarding", "no-x11-forwarding", "no-user-rc", "port-forwarding",
        "agent-forwarding", "x11-forwarding", "user-rc", "pty",
    ]

    /// The keys, each as `type base64`.
    ///
    /// - Throws: `forbidden` when others than the user could have put a key there; with StrictModes sshd says the same.
    static func read(of user: GuestUser) throws(MartletError) -> [String] {
        var keys: [String] = []
        for file in files {
            let path = "\(user.home)/.ssh/\(file)"
            guard FileEntry.exists(path) else { continue }
            let real = FileEntry.canonical(path)
            try checkModes(real, user)
            let bytes = try BoundedFile.readRegular(real, limit: longestFile)
            keys += parse(String(decoding: bytes, as: UTF8.self))
        }
        return Array(keys.prefix(most))
    }

    static func parse(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).compactMap { key(in: $0) }
    }

    /// The key of a line; nil for a comment, for one with options that count, and for what is no key.
    private static func key(in line: Substring) -> String? {
        var words = words(of: line)
        guard let first = words.first, !first.hasPrefix("#") else { return nil }
        if !types.contains(first) {
            guard first.split(separator: ",").allSatisfy({ harmless.contains($0.lowercased()) }) else { return nil }
            words.removeFirst()
        }
        guard words.count >= 2, types.contains(words[0]), isBase64(words[1]) else { return nil }
        return "\(words[0]) \(words[1])"
    }

    /// Split at blanks that aren't between quotes.
    private static func words(of line: Substring) -> [Substring] {
        var isQuoted = false
        var previous: Character = " "
        return line.split { sign in
            if sign == "\"", previous != "\\" { isQuoted.toggle() }
            previous = sign
            return !isQuoted && (sign == " " || sign == "\t")
        }
    }

    private static func isBase64(_ text: Substring) -> Bool {
        text.utf8.count >= 16
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
                    true
                default: false
                }
            }
    }

    /// The file and every folder up to the user's home, or to the root when it lies elsewhere, are the user's or root's, and nobody else may write there.
    private static func checkModes(_ path: String, _ user: GuestUser) throws(MartletError) {
        let home = FileEntry.canonical(user.home)
        var part = path
        while true {
            var status = stat()
            if stat(part, &status) != 0 { throw .system(errno, "look at '\(part)'") }
            guard [0, user.userID].contains(status.st_uid), status.st_mode & 0o022 == 0 else {
                throw MartletError(
                    .forbidden, "others than \(user.name) may change '\(part)', so no key in it is taken; chmod go-w it"
                )
            }
            if part == home || part == "/" { return }
            let end = part.lastIndex(of: "/") ?? part.startIndex
            part = end == part.startIndex ? "/" : String(part[..<end])
        }
    }
}
