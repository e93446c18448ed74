import Glibc
import MartletLinux
import MartletModel

/// A `FreezeHolder` that holds, seen by the one that started it. When this is gone, so is what it holds.
final class HolderProcess: Sendable {
    private let process: ProcessIdentity
    private let socket: CInt

    private init(process: ProcessIdentity, socket: CInt) {
        self.process = process
        self.socket = socket
    }

    deinit { close(socket) }

    /// Starts one, and waits until it has frozen.
    ///
    /// - Throws: what kept it from freezing; `guestFailed` when it says nothing that we understand.
    static func start(
        _ program: String, milliseconds: Int
    ) async throws(MartletError) -> (HolderProcess, points: [String], leftOut: [String]) {
        var pair: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw .system(errno, "make a socket pair")
        }
        let process: ProcessIdentity
        do {
            defer { close(pair[1]) }
            process = try DetachedProcess.spawn(
                executable: program, arguments: ["hold", "\(milliseconds)"], environment: [:], workingDirectory: "/",
                log: "/dev/null", descriptors: [pair[1]])
        } catch {
            close(pair[0])
            throw error
        }
        let holder = HolderProcess(process: process, socket: pair[0])
        let said = try await holder.read { $0.hasSuffix("\n\n") || $0.hasPrefix("error ") && $0.hasSuffix("\n") }
        guard said.hasPrefix("frozen\n") else {
            _ = await process.waitForExit()
            let parts = said.dropFirst("error ".count).split(separator: " ", maxSplits: 1)
            guard said.hasPrefix("error "), parts.count == 2 else {
                throw MartletError(.guestFailed, "nothing was frozen: the process for it ended")
            }
            throw MartletError(.init(wire: String(parts[0])), parts[1].filter { $0 != "\n" })
        }
        let lines = said.split(separator: "\n").dropFirst()
        let leftOut = lines.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) }
        return (holder, lines.filter { !$0.hasPrefix("-") }.map(String.init), leftOut)
    }

    /// Whether it has thawed by itself.
    var hasEnded: Bool {
        get async { !process.isAlive }
    }

    func waitForEnd() async { _ = await process.waitForExit() }

    /// Tells it to thaw, and waits until it has.
    ///
    /// - Returns: whether all was frozen until then, and for how long.
    func thaw() async -> (wasFrozen: Bool, microseconds: UInt64) {
        let word = Array("thaw\n".utf8)
        send(socket, word, word.count, Int32(MSG_NOSIGNAL))
        let said = (try? await read { $0.hasSuffix("\n") }) ?? ""
        _ = await process.waitForExit()
        let parts = said.split { $0 == " " || $0 == "\n" }
        return (parts.first == "thawed", parts.dropFirst().first.flatMap { UInt64($0) } ?? 0)
    }

    /// What it says until that is whole, or it has ended.
    private func read(until isWhole: @escaping @Sendable (String) -> Bool) async throws(MartletError) -> String {
        try await BlockingWork.run { () throws(MartletError) in
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 4096)
            while bytes.count < 1 << 20 {
                let count = recv(self.socket, &piece, piece.count, 0)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                bytes += piece.prefix(count)
                if isWhole(String(decoding: bytes, as: UTF8.self)) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
