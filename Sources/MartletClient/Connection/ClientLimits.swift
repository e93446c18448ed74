/// How long a client waits and how much it takes in, so that no host can hold it for ever or fill its memory.
package struct ClientLimits: Sendable {
    /// For a connection with its handshake.
    package var connect: Duration = .seconds(5)
    /// For a whole answer, on top of what the host was asked to wait.
    package var answer: Duration = .seconds(30)
    /// Between two pieces of the event stream, which has a sign of life every 15 seconds.
    package var silence: Duration = .seconds(45)
    /// Of one answer, in bytes; 10,000 machines take about 7 MB.
    package var answerInBytes = 64 << 20
    /// Of one event, in bytes.
    package var eventInBytes = 1 << 20
    /// Of one request for a list; the host allows 10,000.
    package var itemsPerPage = 5000

    /// How often a request is sent again that the host had no time for, and how long it may be told to wait for that.
    package var retries = 5
    package var longestRetry: Duration = .seconds(5)

    package init() {}
}
