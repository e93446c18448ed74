/// How a process ended.
package enum ProcessExit: Sendable, Hashable {
    /// It returned this exit code.
    case code(Int32)
    /// This signal ended it.
    case signal(Int32)
    /// It has ended, and only its parent was told how.
    case unknown
}
