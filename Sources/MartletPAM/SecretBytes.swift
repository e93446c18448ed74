import Glibc

/// A password as a C string that is overwritten before its memory is given back.
final class SecretBytes {
    let pointer: UnsafeMutablePointer<CChar>
    private let capacity: Int

    /// Copies `bytes`, which must not hold a NUL: what is behind it would not be looked at.
    init(_ bytes: some Collection<UInt8>) {
        capacity = bytes.count + 1
        pointer = .allocate(capacity: capacity)
        for (index, byte) in bytes.enumerated() { pointer[index] = CChar(bitPattern: byte) }
        pointer[capacity - 1] = 0
    }

    deinit {
        explicit_bzero(pointer, capacity)
        pointer.deallocate()
    }
}
