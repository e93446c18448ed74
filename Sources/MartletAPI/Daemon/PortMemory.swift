import MartletLinux
import MartletModel

/// The port that was found free when the standard one was taken, kept so that it stays the same at the next start.
struct PortMemory: Sendable {
    static let standard = 7443

    var path: String

    init(root: String) { path = "\(root)/api-port" }

    /// The ports to try, in order; the last is any that is free.
    func candidates() -> [Int] {
        guard let text = try? BoundedFile.readText(path, limit: 16),
            let port = Int(text.prefix { $0.isNumber }), (1...65_535).contains(port)
        else { return [Self.standard, 0] }
        return [port, Self.standard, 0]
    }

    /// - Throws: as `AtomicFile.write`.
    func remember(_ port: Int) throws(MartletError) {
        try AtomicFile.write(Array("\(port)\n".utf8), to: path, mode: 0o600)
    }
}
