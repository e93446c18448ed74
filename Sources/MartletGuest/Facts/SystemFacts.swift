import Glibc
import MartletGuestProtocol
import MartletLinux
import SwiftProtobuf

/// What the guest's system is.
enum SystemFacts {
    static func operatingSystem() -> GuestOperatingSystem {
        let release = (try? BoundedFile.readText("/etc/os-release")).map(values) ?? [:]
        var name = utsname()
        uname(&name)
        return .with {
            $0.id = release["ID"] ?? ""
            $0.version = release["VERSION_ID"] ?? ""
            $0.prettyName = release["PRETTY_NAME"] ?? release["NAME"] ?? ""
            $0.kernel = text(&name.release)
            $0.architecture = text(&name.machine)
        }
    }

    static func hostName() -> String {
        var name = utsname()
        uname(&name)
        return text(&name.nodename)
    }

    /// The values of a file of `NAME=value` lines, without their quotes; os-release(5).
    static func values(of text: String) -> [String: String] {
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !line.hasPrefix("#") else { return nil }
            var value = parts[1]
            for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
                value = value.dropFirst().dropLast()
            }
            return (String(parts[0]), String(value))
        }
        return Dictionary(pairs, uniquingKeysWith: { _, last in last })
    }

    /// A field of C's of fixed length.
    private static func text<Field>(_ field: inout Field) -> String {
        // The bytes are read before the closure ends.
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
