import Logging
import MartletLinux
package import MartletModel
import MartletQEMU

/// The serial console of a running machine: one connection to QEMU, any number of people, and a log that is kept.
package actor ConsoleHub {
    /// How large the log may grow before it begins anew; the one before is kept, so a guest can fill no disk.
    static let logLimit = 1 << 20
    /// How many pieces of output a slow reader may fall behind before it is ended.
    private static let readerLimit = 1_024

    private let connection: ConsoleConnection
    private let log: BoundedLog
    private let logger: Logger
    private var readers: [Int: AsyncStream<[UInt8]>.Continuation] = [:]
    private var nextReader = 0
    package private(set) var isEnded = false

    private init(connection: ConsoleConnection, log: BoundedLog, logger: Logger) {
        self.connection = connection
        self.log = log
        self.logger = logger
    }

    /// Connects to a machine's console and follows it; nil when that fails, since a machine without a console still runs.
    static func open(socket: String, log path: String, logger: Logger) async -> ConsoleHub? {
        do {
            let connection = try await ConsoleConnection.connect(path: socket)
            let hub = ConsoleHub(
                connection: connection, log: try BoundedLog(path: path, limit: logLimit), logger: logger
            )
            Task { await hub.follow() }
            return hub
        } catch {
            logger.warning("a console can't be reached", metadata: ["socket": "\(socket)", "error": "\(error)"])
            return nil
        }
    }

    /// The last bytes of the log, then what comes; ends with the machine, and for a reader that can't keep up.
    package func attach(historyInBytes: Int) async throws(MartletError) -> AsyncStream<[UInt8]> {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.readerLimit))
        continuation.yield(log.tail(historyInBytes))
        guard !isEnded else {
            continuation.finish()
            return stream
        }
        nextReader += 1
        let number = nextReader
        readers[number] = continuation
        continuation.onTermination = { [weak self] _ in Task { await self?.detach(number) } }
        return stream
    }

    /// Types bytes into the console.
    ///
    /// - Throws: `unavailable` when the machine has ended; `tooMany` when the guest doesn't read what was typed.
    package func write(_ bytes: [UInt8]) async throws(MartletError) { try await connection.write(bytes) }

    /// Types bytes into the console as the guest reads them.
    ///
    /// - Throws: `unavailable` when the machine has ended; `cancelled` when the task is.
    package func type(_ bytes: [UInt8]) async throws(MartletError) { try await connection.writeAsRead(bytes) }

    func end() async {
        guard !isEnded else { return }
        isEnded = true
        await connection.close()
        for reader in readers.values { reader.finish() }
        readers = [:]
    }

    private func detach(_ number: Int) { readers[number] = nil }

    private func follow() async {
        for await bytes in connection.output { take(bytes) }
        await end()
    }

    private func take(_ bytes: [UInt8]) {
        do {
            try log.append(bytes)
        } catch {
            logger.debug("the console's log can't be written", metadata: ["error": "\(error)"])
        }
        for (number, reader) in readers {
            if case .dropped = reader.yield(bytes) {
                reader.finish()
                readers[number] = nil
            }
        }
    }
}
