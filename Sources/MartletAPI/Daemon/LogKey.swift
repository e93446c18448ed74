package import Logging

/// The keys of what we log beside a message.
package enum LogKey: String, Sendable {
    case request, method, path, status, caller, milliseconds, error, address, root

    package static func metadata(_ values: [LogKey: String]) -> Logger.Metadata {
        Logger.Metadata(uniqueKeysWithValues: values.map { ($0.key.rawValue, .string($0.value)) })
    }
}
