/// The framing of server-sent events (WHATWG HTML, 9.2).
package enum ServerSentEvents {
    package static let mediaType = "text/event-stream"

    /// A comment, which clients pass over; keeps what lies between from closing a silent connection.
    package static let keepAlive = ": keep-alive\n\n"

    /// One event; a line break in `data` begins another `data` line, as the framing wants it.
    package static func frame(id: Int64, event: String, data: String) -> String {
        var frame = "id: \(id)\nevent: \(event)\n"
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            frame += "data: \(line)\n"
        }
        return frame + "\n"
    }
}
