import FoundationEssentials
import HTTPTypes
import MartletClient
import MartletModel
import NIOCore

/// Tells an open page what changed on the host, as server-sent events: which thing, and not what of it, since the page then asks for the
/// parts of itself that show it.
enum LiveEvents {
    static let routes: [ConsoleRoute] = [
        .get("/hosts/this/events") { visit in
            let last = visit.request.headers[lastEventID].flatMap { Int64($0) }
            let events = try await visit.client.followEvents(after: last)
            return ConsoleReply(
                body: .stream(
                    { write in
                        // The first bytes tell the browser that it is connected.
                        try await write(ByteBuffer(string: "retry: 1000\nevent: open\ndata: {}\n\n"))
                        try await pass(events, to: write)
                    }, mediaType: "text/event-stream"))
        }
    ]

    private static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .server

    private struct Change: Encodable {
        /// Such as `vm`: what `data-live` names.
        var noun: String
        /// Such as `changed`.
        var verb: String
        /// The ids of what it concerns.
        var subjects: [String]
    }

    private static func pass(_ events: HostEvents, to write: ConsoleReply.Write) async throws {
        do {
            for try await event in events {
                let kind = event.kind.rawValue.split(separator: ".").map(String.init)
                let subjects = [event.subject] + (event.operation.map { [$0.subject] } ?? [])
                let change = Change(noun: kind[0], verb: kind[kind.count - 1], subjects: subjects)
                let data = String(decoding: try JSONEncoder().encode(change), as: UTF8.self)
                try await write(ByteBuffer(string: "id: \(event.sequence)\nevent: change\ndata: \(data)\n\n"))
            }
        } catch is MartletError {
            // The host ends or can't be reached: the browser asks again by itself.
        }
    }
}
