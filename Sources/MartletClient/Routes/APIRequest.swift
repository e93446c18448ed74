import MartletModel

/// One request of the API before it has an address: which route, on what, and with which values.
struct APIRequest: Sendable {
    var operation: OperationID
    /// The name or id that the route is about; nil for a collection.
    var subject: String?
    /// What of the subject it is about, where the route names that too.
    var part: String?
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: Body?
    /// How long the host may take beyond what is usual, because it was asked to wait.
    var patience: Duration = .zero

    struct Body: Sendable {
        var contentType: String
        var bytes: [UInt8]
    }

    init(_ operation: OperationID, _ subject: String? = nil, part: String? = nil) {
        self.operation = operation
        self.subject = subject
        self.part = part
    }

    /// Path and query, percent-encoded.
    ///
    /// - Throws: `invalidArgument` for a name that a path can't carry (`.`, `..` and the empty one): nothing can have it.
    func target() throws -> String {
        var path = "/api/v1" + operation.template
        for name in [subject, part].compactMap(\.self) {
            if ["", ".", ".."].contains(name) {
                throw MartletError(.invalidArgument, "'\(name)' is neither a name nor an id; give one or the other")
            }
            path = path.replacing("{}", with: PercentEncoding.encode(name), maxReplacements: 1)
        }
        if query.isEmpty { return path }
        let values = query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        return path + "?" + values.joined(separator: "&")
    }
}
