import CMartletLinux
import Glibc
import MartletModel
import SystemPackage

/// A program's standard input, as a file in memory.
enum InputFile {
    /// An open file with these bytes, to be read from its beginning and closed by the caller.
    ///
    /// - Throws: `insufficientMemory`, `tooMany`, `ioFailed`.
    static func make(_ bytes: [UInt8]) throws(MartletError) -> FileDescriptor {
        let number = martlet_memory_file("martlet-input")
        if number < 0 { throw .system(errno, "keep a program's input in memory") }
        let file = OwnedDescriptor(number)
        try file.write(bytes, shown: "a program's input")
        if lseek(file.number, 0, SEEK_SET) < 0 { throw .system(errno, "rewind a program's input") }
        return FileDescriptor(rawValue: file.release())
    }
}
