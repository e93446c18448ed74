/// What may be asked of images: the limits that requests are held to, and that the API's document tells.
package enum ImageRules {
    package static let longestSource = 2_000
    package static let longestDescription = 4_096
    /// What images can be built from.
    package static let recipes = ["debian-12", GuestServicesDisc.recipe]
    package static let defaultCapacity = ByteCount.gibibytes(3)
    /// In bytes: what Debian takes with some room, and what is still made in a moment.
    package static let builtCapacity: ClosedRange<Int64> = (2 << 30)...(1 << 40)

    /// Where an image comes from, and how that is shown.
    package enum Source: Hashable, Sendable {
        /// An absolute path on the host.
        case file(String)
        case address(String)

        /// Without what may be a secret: what follows an address's path can be a signature.
        package var shown: String {
            switch self {
            case .file(let path): path
            case .address(let text): String(text.prefix { $0 != "?" && $0 != "#" })
            }
        }
    }

    /// - Throws: `invalidArgument`.
    package static func source(_ text: String) throws(MartletError) -> Source {
        let isPrintable = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard isPrintable, text.unicodeScalars.count <= longestSource else {
            throw MartletError(
                .invalidArgument,
                "the source can't be read; use at most \(longestSource) characters that can be seen")
        }
        if isAddress(text) { return .address(try address(text)) }
        guard text.unicodeScalars.first == "/", text.unicodeScalars.last != "/" else {
            throw MartletError(
                .invalidArgument, "'\(text)' is neither an absolute path on the host nor an http or https address")
        }
        return .file(text)
    }

    package static func isAddress(_ text: String) -> Bool {
        let scheme = String(text.unicodeScalars.prefix(8)).lowercased()
        return scheme.hasPrefix("http://") || scheme.hasPrefix("https://")
    }

    /// An address is shown to others and kept, so it must hold no password.
    private static func address(_ text: String) throws(MartletError) -> String {
        let scalars = text.unicodeScalars
        let host = scalars.drop { $0 != ":" }.dropFirst(3).prefix { !"/?#".unicodeScalars.contains($0) }
        guard !host.isEmpty, !scalars.contains(where: { " \"\\".unicodeScalars.contains($0) }) else {
            throw MartletError(.invalidArgument, "'\(text)' is not an http or https address")
        }
        guard !host.contains("@") else {
            throw MartletError(
                .invalidArgument, "an address with a name and a password in it is not taken; download the file first")
        }
        return text
    }

    /// - Throws: `invalidArgument`.
    package static func check(_ request: ImportImageRequest) throws(MartletError) {
        _ = try ResourceName(request.name)
        _ = try source(request.source)
        if let digest = request.sha256 { _ = try sha256(digest) }
        try check(description: request.description ?? "")
    }

    /// The digest in lower case.
    ///
    /// - Throws: `invalidArgument`.
    package static func sha256(_ text: String) throws(MartletError) -> String {
        guard text.utf8.count == 64, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw MartletError(.invalidArgument, "'\(text.prefix(80))' is no SHA-256; give its 64 hexadecimal digits")
        }
        return text.lowercased()
    }

    private static func check(description: String) throws(MartletError) {
        guard description.unicodeScalars.count <= longestDescription else {
            throw MartletError(
                .invalidArgument, "the description is too long; use at most \(longestDescription) characters")
        }
    }

    /// - Throws: `invalidArgument`, `notFound` for a recipe that there isn't, `contradictory` for what it doesn't take.
    package static func check(_ request: BuildImageRequest) throws(MartletError) {
        guard recipes.contains(request.recipe) else {
            throw MartletError(
                .notFound,
                "there is no recipe '\(request.recipe)'; there is \(recipes.joined(separator: ", "))")
        }
        _ = try ResourceName(request.name ?? request.recipe)
        if request.recipe == GuestServicesDisc.recipe, request.capacity != nil || request.mirror != nil {
            throw MartletError(
                .contradictory,
                "'\(request.recipe)' is a disc made of Martlet's own files; leave size and mirror away")
        }
        let capacity = request.capacity ?? defaultCapacity
        guard capacity.bytes % (1 << 20) == 0, builtCapacity.contains(capacity.bytes) else {
            throw MartletError(
                .invalidArgument,
                "an image of \(capacity.bytes) bytes can't be built; use a whole number of MiB from 2 GiB to 1 TiB")
        }
        guard let mirror = request.mirror else { return }
        guard case .address = try source(mirror) else {
            throw MartletError(.invalidArgument, "the mirror '\(mirror)' is not an http or https address")
        }
    }
}
