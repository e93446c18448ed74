import Foundation
package import MartletClient
import MartletModel

/// A request as it came over the wire.
package struct FakeRequest: Sendable {
    package var method: String
    /// Path and query as they were sent.
    package var target: String
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package var path: String { String(target.prefix { $0 != "?" }) }

    /// Names and values, decoded.
    package var query: [String: String] {
        let parts = target.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "&") ?? []
        let pairs = parts.map {
            $0.split(separator: "=", maxSplits: 1).map { String($0).removingPercentEncoding ?? "" }
        }
        return Dictionary(pairs.map { ($0[0], $0.count > 1 ? $0[1] : "") }) { $1 }
    }

    /// The path's third part and later ones, decoded: `["hello", "start"]` of `/api/v1/vms/hello/start`.
    package var subject: String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 4 ? String(parts[4]).removingPercentEncoding : nil
    }

    /// The route that this asks for; nil when there is none.
    package var operation: OperationID? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return OperationID.allCases.filter { $0.method == method }.sorted {
            !$0.template.contains("{}") && $1.template.contains("{}")
        }
        .first { operation in
            let wanted = "/api/v1\(operation.template)".split(separator: "/", omittingEmptySubsequences: false)
            return wanted.count == parts.count && zip(wanted, parts).allSatisfy { $0 == "{}" || $0 == $1 }
        }
    }

    /// The body as `Value`.
    package func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body))
    }
}
