import Glibc
import MartletModel

/// The reentrant name service calls, which all want a buffer of a size that nobody knows beforehand.
enum NameService {
    typealias Call<Entry> = (
        UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
    ) -> Int32

    /// Calls until the buffer is large enough, and reads the entry while its strings are there; nil when there is none.
    static func look<Entry, Value>(
        _ subject: String,
        _ empty: Entry,
        _ call: Call<Entry>,
        read: (Entry) -> Value
    ) throws(MartletError) -> Value? {
        var size = 1024
        while size <= 1 << 20 {
            var entry = empty
            var result: UnsafeMutablePointer<Entry>?
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            switch call(&entry, buffer, size, &result) {
            case 0: return result.map { read($0.pointee) }
            case ERANGE: size *= 2
            case EINTR: continue
            // What some name services say instead of "no such entry", as getpwnam(3) has it.
            case ENOENT, ESRCH, EBADF, EPERM: return nil
            case let failure: throw .system(failure, "look up the \(subject)")
            }
        }
        throw MartletError(.ioFailed, "the name service's entry of the \(subject) is larger than 1 MiB")
    }
}
