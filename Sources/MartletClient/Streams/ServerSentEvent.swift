/// One event of a `text/event-stream`.
package struct ServerSentEvent: Hashable, Sendable {
    /// The last id that the stream gave, which an event without one of its own keeps; nil before the first.
    package var id: String?
    /// `message` where the stream names none.
    package var name: String
    /// The data lines, joined by line feeds.
    package var data: String

    package init(id: String?, name: String, data: String) {
        self.id = id
        self.name = name
        self.data = data
    }
}
