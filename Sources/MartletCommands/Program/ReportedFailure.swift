/// Thrown by a verb that has already told on stderr all that went wrong.
struct ReportedFailure: Error {
    var status: ExitStatus
}

/// Thrown by a verb whose exit code is that of what ran in a guest.
struct GuestExit: Error {
    var code: Int
}

/// Thrown when nobody reads our output any more, as after `| head`; there is no one to tell.
struct OutputClosed: Error {}
