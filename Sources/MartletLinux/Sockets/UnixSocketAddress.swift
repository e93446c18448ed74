import Glibc
import MartletModel

/// The address of a unix socket, as the system calls take it.
struct UnixSocketAddress {
    private var storage = sockaddr_un()
    private var length = socklen_t(MemoryLayout<sockaddr_un>.size)

    /// - Throws: `invalidArgument` for a path that doesn't fit.
    init(path: String) throws(MartletError) { try set(Array(path.utf8), shown: path) }

    /// A name of Linux's abstract namespace, which is no file; `name` is given without a sign before it.
    ///
    /// - Throws: `invalidArgument` for a name that doesn't fit.
    init(abstractName name: String) throws(MartletError) {
        try set([0] + Array(name.utf8), shown: "@\(name)")
        // The length is part of such a name.
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        length = socklen_t(start + 1 + name.utf8.count)
    }

    private mutating func set(_ bytes: [UInt8], shown: String) throws(MartletError) {
        let capacity = MemoryLayout.size(ofValue: storage.sun_path)
        guard !bytes.isEmpty, bytes.count < capacity, !bytes.dropFirst().contains(0), bytes != [0] else {
            throw MartletError(
                .invalidArgument,
                "the socket's path '\(shown)' has \(bytes.count) bytes; use 1 to \(capacity - 1)"
            )
        }
        storage.sun_family = sa_family_t(AF_UNIX)
        // They are fewer than it has, and the rest of it is 0.
        withUnsafeMutableBytes(of: &storage.sun_path) { $0.copyBytes(from: bytes) }
    }

    mutating func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        let length = length
        // Every kind of address begins as a sockaddr does, and the length says how much there is.
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
