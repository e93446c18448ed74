import FoundationEssentials

/// One line from the monitor, as far as it must be understood before anybody is asked to take it.
enum QMPMessage: Sendable {
    case greeting(QEMUVersion)
    case event(QMPEvent)
    /// A command was obeyed; what it returned stays in the line until the one who knows its type decodes it.
    case success(id: String)
    case refusal(id: String, QMPRefusal)

    /// - Throws: any error for what is not a message of QMP.
    init(line: [UInt8]) throws {
        self = try JSONDecoder().decode(Envelope.self, from: Data(line)).message
    }

    private struct Envelope: Decodable {
        var message: QMPMessage

        private enum Key: String, CodingKey {
            case greeting = "QMP"
            case event, id, `return`, error
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            if container.contains(.event) {
                message = .event(try QMPEvent(from: decoder))
            } else if container.contains(.greeting) {
                message = .greeting(try container.decode(Greeting.self, forKey: .greeting).version.qemu)
            } else if container.contains(.error) {
                let refusal = try container.decode(QMPRefusal.self, forKey: .error)
                message = .refusal(id: try container.decode(String.self, forKey: .id), refusal)
            } else {
                guard container.contains(.return) else { throw Unrecognized() }
                message = .success(id: try container.decode(String.self, forKey: .id))
            }
        }
    }

    private struct Greeting: Decodable {
        struct Version: Decodable { var qemu: QEMUVersion }
        var version: Version
    }

    private struct Unrecognized: Error, CustomStringConvertible {
        var description: String { "neither greeting, event, reply nor refusal" }
    }
}
