import FoundationEssentials
import HTTPTypes
import NIOCore

/// What came of a form.
struct FormOutcome: Sendable {
    var notices: [ConsoleSession.Notice] = []
    /// Where to go; nil to stay.
    var location: PageAddress?
    /// The page that asks whether it is really meant; nil when it was done.
    var question: PageAddress?

    static func done(_ text: String, location: PageAddress? = nil) -> FormOutcome {
        FormOutcome(notices: [.init(text: text, isError: false)], location: location)
    }

    /// For the script.
    private struct Wire: Encodable {
        struct Notice: Encodable {
            var text: String
            var isError: Bool
        }

        var notices: [Notice]
        var location: String?
        var question: String?
    }

    /// - Throws: the encoder's errors.
    func json() throws -> ConsoleReply {
        let wire = Wire(
            notices: notices.map { .init(text: $0.text, isError: $0.isError) }, location: location?.text,
            question: question?.text)
        let bytes = ByteBuffer(bytes: try JSONEncoder().encode(wire))
        return ConsoleReply(body: .bytes(bytes, mediaType: "application/json"))
    }
}
