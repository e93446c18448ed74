import MartletAPI
import MartletModel

/// An answer as it came.
struct RawAnswer: Sendable {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> JSONValue { try JSONParser.parse(body) }

    /// The problem that it is, checked against its schema and its own status.
    func problem() throws -> Problem {
        let value = try json()
        if let violation = Schemas.validator.violation(of: value, by: .named("Problem")) {
            throw MartletError(.internal, violation.sentence(place: "the problem"))
        }
        let problem = try WireJSON.decode(Problem.self, from: body)
        guard headers["content-type"] == "application/problem+json", problem.status == status else {
            throw MartletError(.internal, "no proper problem: \(status) \(headers) \(text)")
        }
        return problem
    }

    /// Cuts answers out of what comes.
    struct Reader {
        var hasNoBody: Bool
        private var bytes: [UInt8] = []

        init(hasNoBody: Bool = false) { self.hasNoBody = hasNoBody }

        var text: String { String(decoding: bytes, as: UTF8.self) }
        mutating func append(_ more: [UInt8]) { bytes += more }

        /// The first answer, once it is there whole; what follows it stays. Skips `100 Continue`.
        mutating func answer() throws -> RawAnswer? {
            guard let end = headEnd else { return nil }
            let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
            guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
                throw MartletError(.internal, "not HTTP: \(text)")
            }
            let pairs = lines.dropFirst().map { line -> (String, String) in
                let name = line.prefix { $0 != ":" }
                return (name.lowercased(), String(line.dropFirst(name.count + 1).drop { $0 == " " }))
            }
            let headers = Dictionary(pairs) { first, _ in first }
            let length =
                hasNoBody || status == 204 || status < 200 ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
            guard bytes.count >= end + 4 + length else { return nil }
            let body = Array(bytes[(end + 4)..<(end + 4 + length)])
            bytes.removeFirst(end + 4 + length)
            return RawAnswer(status: status, headers: headers, body: body)
        }

        private var headEnd: Int? {
            guard bytes.count >= 4 else { return nil }
            let mark = Array("\r\n\r\n".utf8)
            return (0...(bytes.count - 4)).first { bytes[$0] == mark[0] && Array(bytes[$0..<($0 + 4)]) == mark }
        }
    }
}
