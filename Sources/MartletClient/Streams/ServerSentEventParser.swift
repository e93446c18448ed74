package import MartletModel

/// Makes events of a `text/event-stream` that arrives in any pieces, as the HTML standard has it.
///
/// Pure: bytes in, events out. `retry` is of no use here and passed over, as comments and unknown fields are.
package struct ServerSentEventParser: Sendable {
    /// The bytes of a line that hasn't ended.
    private var line: [UInt8] = []
    /// Whether the last byte was a carriage return, whose line feed, if it comes, ends no line of its own.
    private var afterReturn = false
    private var isFirstLine = true
    private var data: [String] = []
    private var dataInBytes = 0
    private var name = ""
    private var id: String?
    private let limitInBytes: Int

    /// `limitInBytes` is for one event, and for one line.
    package init(limitInBytes: Int) { self.limitInBytes = limitInBytes }

    /// The events that these bytes complete.
    ///
    /// - Throws: `tooLarge` for an event past the limit; the stream can't be read on.
    package mutating func read(_ bytes: some Sequence<UInt8>) throws(MartletError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let endsReturn = afterReturn && byte == UInt8(ascii: "\n")
            afterReturn = byte == UInt8(ascii: "\r")
            if endsReturn { continue }
            if byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") {
                if let event = endLine() { events.append(event) }
            } else {
                line.append(byte)
            }
            if line.count + dataInBytes > limitInBytes {
                throw MartletError(.tooLarge, "the host sent an event of more than \(limitInBytes) bytes")
            }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        take(field: String(decoding: line[..<colon], as: UTF8.self), value: String(decoding: value, as: UTF8.self))
        return nil
    }

    private mutating func take(field: String, value: String) {
        switch field {
        case "event": name = value
        case "data":
            data.append(value)
            dataInBytes += value.utf8.count + 1
        // An id with a zero byte is void, says the standard.
        case "id" where !value.utf8.contains(0): id = value
        default: break
        }
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            data.removeAll()
            dataInBytes = 0
            name = ""
        }
        if data.isEmpty { return nil }
        return ServerSentEvent(id: id, name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"))
    }
}
