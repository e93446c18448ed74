import CLibCrypto
import CMartletLinux
import Glibc
import MartletModel

/// Calls on names that are bytes.
enum CopyFile {
    /// A name as C has it.
    static func with<Result>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        // The pointer is used before the closure returns, and a NUL ends it.
        (name + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body(UnsafePointer($0.baseAddress.unsafelyUnwrapped)) }
        }
    }

    static func open(_ folder: CInt, _ name: [UInt8], _ flags: CInt, mode: mode_t = 0) -> CInt {
        with(name) { openat(folder, $0, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode) }
    }

    /// The names in an open folder, sorted.
    ///
    /// - Throws: by errno's table.
    static func names(_ folder: CInt, shown: String) throws(MartletError) -> [CopyName] {
        let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw .system(errno, "read the folder '\(shown)'") }
        defer { closedir(stream) }
        var names: [CopyName] = []
        while let entry = readdir(stream) {
            // The kernel ends the name with a NUL within these 256 bytes.
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    static func shown(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }

    /// The SHA-256 of a file's first bytes; nil when it has fewer, or can't be read.
    static func digest(_ file: CInt, count: UInt64) -> [UInt8]? {
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var done: UInt64 = 0
        while done < count {
            let got = pread(file, &buffer, Int(min(count - done, UInt64(buffer.count))), off_t(done))
            if got < 0 && errno == EINTR { continue }
            guard got > 0, EVP_DigestUpdate(context, buffer, got) == 1 else { return nil }
            done += UInt64(got)
        }
        var digest = [UInt8](repeating: 0, count: 32)
        return EVP_DigestFinal_ex(context, &digest, nil) == 1 ? digest : nil
    }
}
