import CLibCrypto
import Glibc
import MartletModel
import Synchronization

/// Takes the SHA-256 of a file, a piece at a time.
final class DigestReader: Sendable {
    private struct State: ~Copyable {
        let file: OwnedDescriptor
        let context: OpaquePointer
        var done: Int64 = 0

        init(file: consuming OwnedDescriptor, context: OpaquePointer) {
            self.file = file
            self.context = context
        }

        deinit { EVP_MD_CTX_free(context) }
    }

    private let path: String
    private let length: Int64
    private let state: Mutex<State>

    /// - Throws: by errno's table; `internal` without SHA-256.
    init(_ path: String) throws(MartletError) {
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        var status = stat()
        if fstat(file.number, &status) != 0 { throw .system(errno, "look at '\(path)'") }
        guard let context = EVP_MD_CTX_new() else {
            throw MartletError(.insufficientMemory, "there is no memory for a digest")
        }
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw MartletError(.internal, "libcrypto has no SHA-256")
        }
        self.path = path
        length = Int64(status.st_size)
        state = Mutex(State(file: file, context: context))
    }

    /// How much is read, from 0 to 1.
    var fraction: Double { state.withLock { Double($0.done) / Double(max(length, 1)) } }

    /// Reads on; false at the end.
    ///
    /// - Throws: by errno's table.
    func readPiece(_ most: Int) throws(MartletError) -> Bool {
        let path = path
        return try state.withLock { (state) throws(MartletError) in
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            var left = most
            while left > 0 {
                let got = read(state.file.number, &buffer, buffer.count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { throw .system(errno, "read '\(path)'") }
                if got == 0 { return false }
                EVP_DigestUpdate(state.context, buffer, got)
                state.done += Int64(got)
                left -= got
            }
            return true
        }
    }

    /// In lower-case hex; nothing more can be read then.
    ///
    /// - Throws: `internal`.
    func finish() throws(MartletError) -> String {
        try state.withLock { (state) throws(MartletError) in
            var digest = [UInt8](repeating: 0, count: 32)
            guard EVP_DigestFinal_ex(state.context, &digest, nil) == 1 else {
                throw MartletError(.internal, "libcrypto's SHA-256 failed")
            }
            return Hexadecimal.text(digest)
        }
    }
}
