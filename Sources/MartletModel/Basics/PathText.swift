/// Paths as the kernel takes them: bytes, of which `/` is one. To Swift a `/` with a combining sign behind it is another
/// character, and no separator.
extension String {
    package var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }

    package var endsWithSlash: Bool { utf8.last == UInt8(ascii: "/") }

    /// Where the last component's `/` is.
    package var lastSlash: String.Index? { utf8.lastIndex(of: UInt8(ascii: "/")) }
}
