/// How far a copy is.
package struct CopyProgress: Hashable, Sendable {
    /// Files that are whole on the other side.
    package var files: UInt64 = 0
    /// Bytes that were sent and that were there already, without holes.
    package var bytes: UInt64 = 0
    /// The file that is under way; empty before the first.
    package var path = ""
    /// Of that file.
    package var size: UInt64 = 0
    /// How far in that file, holes and what was there already included.
    package var place: UInt64 = 0

    package init() {}
}

/// What became of a copy.
package struct CopySummary: Hashable, Sendable {
    package var files: UInt64
    /// Of contents, without holes, and with what was there already.
    package var bytes: UInt64
    /// What wasn't copied and why, a sentence each; at most 100.
    package var problems: [String]
}
