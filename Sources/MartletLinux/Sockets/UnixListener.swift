import Glibc
package import MartletModel

/// Makes listening unix sockets.
package struct UnixListener {
    /// A listening stream socket at `path`, closed on exec; its file has exactly the mode `mode`, and never a wider one.
    ///
    /// A stale socket, at which nobody listens any more, is replaced. The caller closes the descriptor and removes the file.
    /// - Throws: `invalidArgument` for a path of more than 107 bytes; `inUse` when somebody listens there; `alreadyExists` when
    ///   the path is something else than a socket; `notFound`, `forbidden`, `ioFailed`.
    package static func bind(path: String, mode: UInt32) throws(MartletError) -> Int32 {
        var address = try UnixSocketAddress(path: path)
        try removeStale(path, address: &address)
        let listener = try socket()
        // A socket's file takes the mode that the socket has when it is bound, less the umask: narrow from the first moment.
        if fchmod(listener.number, mode) != 0 { throw .system(errno, "set the mode of a socket") }
        if address.withPointer({ Glibc.bind(listener.number, $0, $1) }) != 0 { throw .system(errno, "bind '\(path)'") }
        if chmod(path, mode) != 0 || listen(listener.number, SOMAXCONN) != 0 {
            let failure = errno
            unlink(path)
            throw .system(failure, "listen at '\(path)'")
        }
        return listener.release()
    }

    /// A connection to whoever listens at `path`, closed on exec. The caller closes it.
    ///
    /// - Parameter timeout: how long whoever listens may take to have room for one more; nil for ever.
    /// - Throws: `invalidArgument` for a path of more than 107 bytes; `notFound`; `forbidden`; `ioFailed` when nobody listens or
    ///   the time is over.
    package static func connect(path: String, timeout: Duration? = nil) throws(MartletError) -> Int32 {
        var address = try UnixSocketAddress(path: path)
        let connection = try socket()
        if let timeout {
            // The kernel holds a connection to a full queue to the time limit for sending (`unix_stream_connect`). It is
            // a `struct timeval`, seconds and microseconds, whose module Glibc doesn't show everywhere.
            let limit = [Int(timeout.components.seconds), 0]
            let size = socklen_t(limit.count * MemoryLayout<Int>.stride)
            setsockopt(connection.number, SOL_SOCKET, SO_SNDTIMEO, limit, size)
        }
        if address.withPointer({ Glibc.connect(connection.number, $0, $1) }) != 0 {
            throw .system(errno, "connect to '\(path)'")
        }
        return connection.release()
    }

    private static func socket() throws(MartletError) -> OwnedDescriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(AF_UNIX, type, 0)
        if number < 0 { throw .system(errno, "make a socket") }
        return OwnedDescriptor(number)
    }

    /// Whether connections are taken, looked at for up to half a second: a program that is being started has copies of our
    /// descriptors until its exec, so a listener that we closed a moment ago may live that much longer.
    private static func isListening(_ address: inout UnixSocketAddress) throws(MartletError) -> Bool {
        for _ in 0..<50 {
            let probe = try socket()
            if address.withPointer({ Glibc.connect(probe.number, $0, $1) }) != 0 { return false }
            usleep(10_000)
        }
        return true
    }

    private static func removeStale(_ path: String, address: inout UnixSocketAddress) throws(MartletError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw MartletError(.alreadyExists, "'\(path)' is not a socket; move it away")
        }
        if try isListening(&address) {
            throw MartletError(.inUse, "somebody listens at '\(path)' already; end that program first")
        }
        if unlink(path) != 0 && errno != ENOENT { throw .system(errno, "remove the stale socket '\(path)'") }
    }
}
