/// Thrown by a verb that has already told on stderr all that went wrong.
struct ReportedFailure: Error {
    var status: ExitStatus
}

/// Thrown when nobody reads our output any more, as after `| head`; there is no one to tell.
struct OutputClosed: Error {}
