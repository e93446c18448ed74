/// A version of QEMU, as its greeting and `--version` have it.
package struct QEMUVersion: Sendable, Hashable, Comparable, Decodable, CustomStringConvertible {
    /// The oldest that is supported: Debian 12's, with JSON for devices, objects, disks and networks.
    package static let minimum = QEMUVersion(major: 7, minor: 2, micro: 0)

    package var major: Int
    package var minor: Int
    package var micro: Int

    package init(major: Int, minor: Int, micro: Int) {
        self.major = major
        self.minor = minor
        self.micro = micro
    }

    /// Reads the first line of `--version`, such as `QEMU emulator version 7.2.22 (Debian …)`; nil for anything else.
    package init?(banner: String) {
        guard let marker = banner.range(ofWord: "version") else { return nil }
        let text = banner[marker...].drop { $0 == " " }.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major: major, minor: minor, micro: numbers.count > 2 ? numbers[2] ?? 0 : 0)
    }

    package var description: String { "\(major).\(minor).\(micro)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.micro) < (right.major, right.minor, right.micro)
    }
}

extension String {
    /// Where the text after the first word that equals `word` begins.
    fileprivate func range(ofWord word: String) -> Index? {
        split(separator: " ").first { $0 == word }?.endIndex
    }
}
