import MartletModel

/// The one rule for a unix socket's path: Linux has room for 107 bytes.
enum UnixSocketPath {
    static let limit = 107

    /// - Throws: `invalidArgument`.
    static func check(_ path: String) throws(MartletError) {
        guard (1...limit).contains(path.utf8.count), !path.utf8.contains(0) else {
            throw MartletError(
                .invalidArgument,
                "the socket's path '\(path)' has \(path.utf8.count) bytes; use 1 to \(limit), by a shorter root folder"
            )
        }
    }
}
