/// What a new machine's cloud-init is told at its first start. It may hold secrets: it is kept in the machine's seed
/// alone, in no journal and no log.
package struct CloudInit: Hashable, Sendable, Codable {
    /// As cloud-init takes it: `#cloud-config`, a script, a multi-part message.
    package var userData: String?
    /// Public keys that may log in as the image's own user, a line each as in `authorized_keys`.
    package var sshKeys: [String]?
    /// Whether the integration services come with the seed, and are installed at the first start.
    package var installServices: Bool?

    package init(userData: String? = nil, sshKeys: [String]? = nil, installServices: Bool? = nil) {
        self.userData = userData
        self.sshKeys = sshKeys
        self.installServices = installServices
    }
}

extension CloudInit {
    /// In bytes. What Azure and OpenStack take, so what is written for them fits; far more than anything that isn't
    /// data that should be fetched.
    package static let mostUserData = 64 << 10
    package static let mostKeys = 32
    package static let longestKey = 8 << 10

    /// - Throws: `invalidArgument`; the message tells nothing of the contents.
    package func check() throws(MartletError) {
        let size = userData?.utf8.count ?? 0
        guard size <= Self.mostUserData else {
            throw MartletError(
                .invalidArgument,
                "the user data has \(size) bytes; use at most \(Self.mostUserData), and let it fetch what is larger")
        }
        guard (sshKeys ?? []).count <= Self.mostKeys else {
            throw MartletError(
                .invalidArgument, "\(sshKeys?.count ?? 0) ssh keys are too many; use at most \(Self.mostKeys)")
        }
        for key in sshKeys ?? [] where !Self.isPublicKey(key) {
            throw MartletError(
                .invalidArgument,
                "an ssh key is no public key; give a line such as that in ~/.ssh/id_ed25519.pub, without its private half"
            )
        }
    }

    /// `TYPE BASE64` and anything that can be seen after it.
    package static func isPublicKey(_ text: String) -> Bool {
        guard text.unicodeScalars.count <= longestKey,
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return false }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2, !words[0].isEmpty, !words[1].isEmpty else { return false }
        let types = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]
        let isType =
            types.contains { words[0].hasPrefix($0) }
            && words[0].unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "-0123456789@.".unicodeScalars.contains($0))
            }
        let isBase64 = words[1].unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || "+/=0123456789".unicodeScalars.contains($0))
        }
        return isType && isBase64
    }

    /// The NoCloud seed for a machine.
    ///
    /// Keys are given as metadata, which cloud-init adds to those of the user data, whatever that is.
    /// - Parameter services: what the integration services are installed from (`GuestServicesDisc`); nothing for a seed
    ///   without them.
    package func seed(instance: String, name: String, services: [OpticalDisc.File] = []) -> OpticalDisc {
        let keys = (sshKeys ?? []).map(Self.quoted).joined(separator: ",")
        // JSON, which is YAML too, and has no ways to be misread.
        let metadata =
            "{\"instance-id\":\(Self.quoted(instance)),\"local-hostname\":\(Self.quoted(Self.hostName(name, instance)))"
            + (keys.isEmpty ? "" : ",\"public-keys\":[\(keys)]") + "}\n"
        let text = userData.flatMap { $0.isEmpty ? nil : $0 } ?? "#cloud-config\n{}\n"
        var files: [OpticalDisc.File] = [
            .init(name: "meta-data", contents: Array(metadata.utf8)),
            .init(name: "user-data", contents: Array(text.utf8)),
        ]
        if !services.isEmpty {
            files.append(.init(name: "vendor-data", contents: Array(GuestServicesDisc.vendorScript.utf8)))
            files += services
        }
        return OpticalDisc(label: "cidata", files: files)
    }

    /// The machine's name as a host's: letters, digits and `-`, at most 63.
    package static func hostName(_ name: String, _ instance: String) -> String {
        let mapped = name.lowercased().map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        let trimmed = mapped.drop { $0 == "-" }.prefix(63).reversed().drop { $0 == "-" }.reversed()
        return trimmed.isEmpty ? "machine-\(instance.prefix(8))" : String(trimmed)
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
    }
}
