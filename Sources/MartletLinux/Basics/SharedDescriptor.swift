import CMartletLinux
import Glibc
package import MartletModel

/// A file descriptor that several hold, closed when the last has let go of it.
package final class SharedDescriptor: Sendable {
    package let number: CInt

    /// Takes over an open descriptor.
    package init(_ number: CInt) { self.number = number }

    deinit { close(number) }

    /// A descriptor of the same open file, closed on exec.
    ///
    /// - Throws: `tooMany`, `ioFailed`.
    package func duplicate() throws(MartletError) -> SharedDescriptor {
        SharedDescriptor(try duplicateForHandover())
    }

    /// As `duplicate`, for whoever closes it by itself.
    ///
    /// - Throws: `tooMany`, `ioFailed`.
    package func duplicateForHandover() throws(MartletError) -> CInt {
        let copy = martlet_duplicate_above(number, 3)
        if copy < 0 { throw .system(errno, "duplicate descriptor \(number)") }
        return copy
    }
}
