import FoundationEssentials
import MartletLinux
import MartletModel

/// The contexts of the person who runs `martlet`, as files that nobody else can read.
///
/// `$XDG_CONFIG_HOME/martlet/contexts/NAME.json` (`~/.config` by default) is a context, and `current-context` beside that folder says
/// which one is in use. Sessions are in `$XDG_RUNTIME_DIR/martlet/sessions`, which goes when the person logs out of the machine; where
/// there is none, beside the contexts.
struct ContextStore: Sendable {
    private let configuration: String
    private let sessions: String

    init(_ context: CommandContext) {
        let home = context.variable("HOME") ?? "/"
        configuration = "\(context.variable("XDG_CONFIG_HOME") ?? "\(home)/.config")/martlet"
        sessions = "\(context.variable("XDG_RUNTIME_DIR").map { "\($0)/martlet" } ?? configuration)/sessions"
    }

    // MARK: Contexts

    /// All of them, by name; a file that can't be read is told by `read`.
    ///
    /// - Throws: `forbidden`, `ioFailed` for the folder.
    func names() throws(MartletError) -> [String] {
        try FileEntry.names(in: "\(configuration)/contexts").filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
            .map { String($0.dropLast(5)) }.sorted()
    }

    /// - Throws: `notFound`; `forbidden` for a file that is open to others; `invalidArgument` for one that can't be read.
    func read(_ name: String) throws(MartletError) -> HostContext {
        try Self.check(name)
        let path = path(of: name)
        guard FileEntry.exists(path) else {
            throw MartletError(
                .notFound,
                "there is no context '\(name)'; list them with `martlet context list`, or make it with `martlet context add`"
            )
        }
        let context: HostContext = try decode(path)
        guard context.schema <= HostContext.schemaVersion, context.name == name else {
            throw MartletError(.invalidArgument, "'\(path)' isn't a context of this version's; add it anew")
        }
        return context
    }

    func exists(_ name: String) -> Bool { FileEntry.exists(path(of: name)) }

    /// - Throws: `forbidden`, `insufficientSpace`, `ioFailed`.
    func write(_ context: HostContext) throws(MartletError) {
        try Self.check(context.name)
        try PrivateFile.write(try encode(context), to: path(of: context.name))
    }

    /// Removes a context with its session, and from being the one in use.
    ///
    /// - Throws: `notFound`, `forbidden`, `ioFailed`.
    func remove(_ name: String) throws(MartletError) {
        try Self.check(name)
        guard exists(name) else {
            throw MartletError(.notFound, "there is no context '\(name)'; list them with `martlet context list`")
        }
        try forgetSession(of: name)
        if try current() == name { try use(nil) }
        try PrivateFile.remove(path(of: name))
    }

    // MARK: The one in use

    /// Nil for this machine's host.
    ///
    /// - Throws: `forbidden`, `ioFailed`.
    func current() throws(MartletError) -> String? {
        guard FileEntry.exists(currentPath) else { return nil }
        let text = String(decoding: try PrivateFile.read(currentPath, limit: 256), as: UTF8.self)
        let name = String(text.prefix { !$0.isNewline })
        return name.isEmpty || name == HostContext.local ? nil : name
    }

    func use(_ name: String?) throws(MartletError) {
        guard let name else { return try PrivateFile.remove(currentPath) }
        try PrivateFile.write(Array("\(name)\n".utf8), to: currentPath)
    }

    // MARK: Sessions

    /// The session that is kept for a context; nil for none, and for one of another host or user.
    func session(of context: HostContext) throws(MartletError) -> KeptSession? {
        let path = sessionPath(of: context.name)
        guard FileEntry.exists(path) else { return nil }
        guard let session: KeptSession = try? decode(path) else {
            try PrivateFile.remove(path)
            return nil
        }
        let isOurs =
            session.url == context.url && session.fingerprint == context.fingerprint && session.user == context.user
        return isOurs ? session : nil
    }

    func keep(_ session: KeptSession, of name: String) throws(MartletError) {
        try PrivateFile.write(try encode(session), to: sessionPath(of: name))
    }

    func forgetSession(of name: String) throws(MartletError) { try PrivateFile.remove(sessionPath(of: name)) }

    // MARK: Names and files

    /// - Throws: `invalidArgument` for what can't be a file's name on every system, and for the one that means this machine.
    static func check(_ name: String) throws(MartletError) {
        let isName =
            (1...64).contains(name.utf8.count) && !name.hasPrefix(".") && !name.hasPrefix("-")
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                    || "-_.".unicodeScalars.contains(scalar)
            }
        guard isName, name != HostContext.local else {
            throw MartletError(
                .invalidArgument,
                "a context can't be called '\(name.prefix(70))'; use 1 to 64 letters, digits, '-', '_' and '.', and not 'local', which is this machine"
            )
        }
    }

    private var currentPath: String { "\(configuration)/current-context" }
    private func path(of name: String) -> String { "\(configuration)/contexts/\(name).json" }
    private func sessionPath(of name: String) -> String { "\(sessions)/\(name).json" }

    private func decode<Value: Decodable>(_ path: String) throws(MartletError) -> Value {
        let bytes = try PrivateFile.read(path)
        do { return try JSONDecoder().decode(Value.self, from: Data(bytes)) } catch {
            throw MartletError(.invalidArgument, "'\(path)' can't be read; remove it, and add the context anew")
        }
    }

    private func encode(_ value: some Encodable) throws(MartletError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(value)) + Array("\n".utf8) } catch {
            throw MartletError(.internal, "a context can't be encoded; this is a defect of martlet", cause: error)
        }
    }
}
