/// How much a web socket takes, and how long it waits.
package struct WebSocketLimits: Hashable, Sendable {
    /// Of a message and of a frame, in bytes.
    package var messageInBytes = 256 << 10
    /// Between two pings.
    package var pingInterval: Duration = .seconds(15)
    /// After how many intervals without a word, while words could be heard, the other side counts as lost.
    package var silentIntervals = 4
    /// How long the other side may take to answer a close.
    package var closing: Duration = .seconds(5)

    package init() {}
}
