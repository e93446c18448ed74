/// What values between a host and a guest can be; the same at both ends.
package enum GuestValueRules {
    /// As Hyper-V's data exchange has it, in characters (code points).
    package static let longestValue = 2_048
    package static let longestName = 64
    /// As many from each side.
    package static let most = 100

    /// Whether a value can be called so: each is a file in the guest.
    package static func isName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, name.utf8.count <= longestName else { return false }
        return isPlain(first) && name.unicodeScalars.allSatisfy { isPlain($0) || "._-".unicodeScalars.contains($0) }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
    }

    /// - Throws: `invalidArgument`.
    package static func check(_ values: [String: String]) throws(MartletError) {
        guard values.count <= most else {
            throw MartletError(.invalidArgument, "\(values.count) values are too many; use at most \(most)")
        }
        for (name, value) in values {
            guard isName(name) else {
                throw MartletError(
                    .invalidArgument,
                    "a value for a guest can't be called '\(name.prefix(longestName))'; use 1 to \(longestName) letters, "
                        + "digits, '.', '_' and '-', beginning with a letter or a digit")
            }
            guard value.unicodeScalars.count <= longestValue else {
                throw MartletError(
                    .invalidArgument, "the value '\(name)' is too long; use at most \(longestValue) characters")
            }
        }
    }
}
