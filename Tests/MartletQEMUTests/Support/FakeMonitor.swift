import Glibc
import MartletLinux
import Synchronization

/// A monitor that speaks the wire protocol over a real socket, as its script says, and records what it is told.
final class FakeMonitor: Sendable {
    let path: String
    private let folder: TestFolder
    private let listener: Int32
    private let log: Mutex<[String]>

    /// Serves one client after the other, each by the script, on a thread of its own.
    init(in folder: TestFolder, script: @escaping @Sendable (borrowing FakeClient) -> Void) throws {
        self.folder = folder
        path = folder.file("qmp.sock")
        listener = try UnixListener.bind(path: path, mode: 0o600)
        log = Mutex([])
        let thread = Serving(listener: listener, monitor: self, script: script)
        Thread.start { thread.run() }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// The lines that clients sent, in order.
    var received: [String] { log.withLock { $0 } }

    private struct Serving: Sendable {
        let listener: Int32
        weak let monitor: FakeMonitor?
        let script: @Sendable (borrowing FakeClient) -> Void

        func run() {
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                script(
                    FakeClient(descriptor: descriptor) { [weak monitor] line in
                        monitor?.log.withLock { $0.append(line) }
                    })
            }
            close(listener)
        }
    }
}

/// The monitor's end of one connection; closed when the script returns.
struct FakeClient: ~Copyable {
    private let descriptor: Int32
    private let record: (String) -> Void

    fileprivate init(descriptor: Int32, record: @escaping (String) -> Void) {
        self.descriptor = descriptor
        self.record = record
    }

    deinit { close(descriptor) }

    static let greeting =
        #"{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "f"}, "capabilities": ["oob"]}}"#

    /// Sends text as it is; false when the client has left.
    @discardableResult
    func send(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// Sends a line as QEMU ends it.
    @discardableResult
    func line(_ text: String) -> Bool { send(text + "\r\n") }

    /// The next line from the client; nil when it has left.
    func readLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") {
                let text = String(decoding: line, as: UTF8.self)
                record(text)
                return text
            }
            line.append(byte)
        }
        return nil
    }

    /// Reads a command and returns its id; nil when the client has left.
    func readID() -> String? {
        readLine().flatMap(Self.id)
    }

    /// The id of a command, as it stands in a line.
    static func id(in line: String) -> String? {
        guard let start = line.range(after: #""id":""#) else { return nil }
        return String(line[start...].prefix { $0 != "\"" })
    }

    /// Greets, and agrees on the capabilities.
    func agree() {
        line(Self.greeting)
        if let id = readID() { line(#"{"return": {}, "id": "\#(id)"}"#) }
    }

    /// Obeys the next command with this reply.
    func answer(_ reply: String = "{}") {
        if let id = readID() { line(#"{"return": \#(reply), "id": "\#(id)"}"#) }
    }

    /// Waits until the client has left.
    func waitForEnd() { while readLine() != nil {} }
}

/// A thread for blocking calls, which must not hold one of the cooperative pool's.
enum Thread {
    static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let boxed = Unmanaged.passRetained(Body(body))
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, boxed.toOpaque())
        pthread_detach(thread)
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

extension String {
    fileprivate func range(after text: String) -> Index? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(text) { return rest.index(rest.startIndex, offsetBy: text.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
