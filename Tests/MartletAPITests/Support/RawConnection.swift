import Glibc
import MartletLinux
import MartletModel

/// A client that sends exactly the bytes that a test says, and reads what comes; each call waits on a thread of its own.
final class RawConnection: Sendable {
    enum Address: Sendable {
        case unix(String)
        case loopback(port: UInt16)
    }

    private let descriptor: Int32

    init(_ address: Address) throws {
        switch address {
        case .unix(let path): descriptor = try Self.connect(AF_UNIX, Self.bytes(path))
        case .loopback(let port):
            var target = sockaddr_in()
            target.sin_family = sa_family_t(AF_INET)
            target.sin_port = port.bigEndian
            target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            descriptor = try Self.connect(AF_INET, target)
        }
        // So that a defect ends a test rather than hangs it.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends no more; reading goes on.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// - Returns: whether all could be sent.
    @discardableResult
    func send(_ bytes: [UInt8]) async -> Bool {
        await waiting { descriptor in
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if sent <= 0 { return false }
                rest = rest.dropFirst(sent)
            }
            return true
        }
    }

    @discardableResult
    func send(_ text: String) async -> Bool { await send(Array(text.utf8)) }

    /// What comes next; empty at the end.
    func receive() async -> [UInt8] {
        await waiting { descriptor in
            [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                count = max(0, recv(descriptor, buffer.baseAddress, buffer.count, 0))
            }
        }
    }

    /// Everything until the other side ends, or until the text is there.
    func receive(until text: String? = nil) async -> String {
        var bytes: [UInt8] = []
        while true {
            let more = await receive()
            bytes += more
            let all = String(decoding: bytes, as: UTF8.self)
            if more.isEmpty { return all }
            if let text, all.contains(text) { return all }
        }
    }

    /// One answer, as far as its length says; of a stream the head alone and what came with it.
    func answer(toHead: Bool = false) async throws -> RawAnswer {
        var reader = RawAnswer.Reader(hasNoBody: toHead)
        while true {
            if let answer = try reader.answer() { return answer }
            let more = await receive()
            if more.isEmpty { throw MartletError(.unavailable, "the connection ended: \(reader.text)") }
            reader.append(more)
        }
    }

    func exchange(
        _ method: String, _ path: String, headers: [String] = [], body: String? = nil,
        type: String? = "application/json"
    ) async throws -> RawAnswer {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: test"] + headers
        if let body {
            lines.append("Content-Length: \(body.utf8.count)")
            if let type { lines.append("Content-Type: \(type)") }
        }
        await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try await answer(toHead: method == "HEAD")
    }

    private func waiting<Value: Sendable>(_ body: @escaping @Sendable (Int32) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            // Not Dispatch, whose threads are few and come slowly when many wait.
            OwnThread.run { [descriptor, self] in
                continuation.resume(returning: body(descriptor))
                withExtendedLifetime(self) {}
            }
        }
    }

    private static func bytes(_ path: String) -> sockaddr_un {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return target
    }

    private static func connect<Target>(_ family: Int32, _ target: Target) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let result = withUnsafePointer(to: target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Target>.size))
            }
        }
        if result == 0 { return descriptor }
        let failure = errno
        close(descriptor)
        throw MartletError.system(failure, "connect")
    }
}

/// A thread for one call that waits.
private enum OwnThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func run(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        precondition(result == 0, "a test's thread can't be made")
        pthread_detach(thread)
    }
}
