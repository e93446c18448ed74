import MartletClient
import MartletLinux
import MartletModel
import Synchronization

/// One side of a copy here, the other a program in a guest, and what goes between them.
struct CopyExchange: Sendable {
    private enum Part: Sendable {
        case copied(Result<CopySummary, MartletError>)
        case ended(Result<GuestProgramEnd, any Error>)
        case fed
        case waitedLongEnough
    }

    /// How long the guest's program may take to end once all was copied; then it is left.
    private static let grace: Duration = .seconds(10)

    private let program: GuestProgram
    private let line: CopyLine
    private let errors = KeptErrors()

    private init(_ program: GuestProgram) throws(MartletError) {
        self.program = program
        line = try CopyLine()
    }

    /// Copies, until either side has ended.
    ///
    /// - Parameter side: the side here, at a descriptor to read from and to write to. It blocks.
    /// - Throws: what `side` throws; where it only says that the other side is gone, what became of that: `guestFailed` for a program
    ///   that has ended, and what the host says of one that couldn't be run to its end.
    static func run(
        _ program: GuestProgram, _ side: @escaping @Sendable (CInt) throws(MartletError) -> CopySummary
    ) async throws -> CopySummary {
        try await CopyExchange(program).run(side)
    }

    private func run(_ side: @escaping @Sendable (CInt) throws(MartletError) -> CopySummary) async throws -> CopySummary
    {
        try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Part.self) { group in
                group.addTask {
                    do throws(MartletError) { return .copied(.success(try await line.run(side))) } catch {
                        return .copied(.failure(error))
                    }
                }
                group.addTask { .ended(await follow()) }
                group.addTask {
                    await feed()
                    return .fed
                }
                defer { group.cancelAll() }
                return try await outcome(&group)
            }
        } onCancel: {
            line.close()
        }
    }

    private func outcome(_ group: inout ThrowingTaskGroup<Part, any Error>) async throws -> CopySummary {
        var (copied, ended): (Result<CopySummary, MartletError>?, Result<GuestProgramEnd, any Error>?) = (nil, nil)
        while copied == nil || ended == nil, let part = try await group.next() {
            switch part {
            case .copied(let result):
                copied = result
                group.addTask {
                    try? await Task.sleep(for: Self.grace)
                    return .waitedLongEnough
                }
            case .ended(let result): ended = result
            case .fed: break
            case .waitedLongEnough: ended = ended ?? .success(.exited(0))
            }
        }
        try Task.checkCancellation()
        switch copied {
        case .success(let summary)?: return summary
        case .failure(let error)?: throw reason(error, ended)
        case nil: throw CancellationError()
        }
    }

    /// What comes from the guest goes to the side here.
    private func follow() async -> Result<GuestProgramEnd, any Error> {
        // Whatever it was: nothing more comes.
        defer { line.close() }
        do {
            return .success(
                try await program.follow { output in
                    switch output {
                    // Once the side hears nothing more it has ended, and what follows is for nobody.
                    case .output(let bytes): _ = await line.write(bytes)
                    case .errors(let bytes): errors.take(bytes)
                    case .started, .ended, .failed: break
                    }
                })
        } catch {
            return .failure(error)
        }
    }

    /// What the side here says goes to the guest.
    private func feed() async {
        do {
            while let piece = await line.read() {
                // The program or the way to it has ended; the side learns why from what still comes.
                guard try await program.send(.input(piece)) else { return line.stopReading() }
            }
            try await program.send(.endOfInput)
        } catch {
            line.stopReading()
        }
    }

    private func reason(_ error: MartletError, _ ended: Result<GuestProgramEnd, any Error>?) -> any Error {
        guard error.code == .unavailable else { return error }
        switch ended {
        case .failure(let lost)?: return lost
        case .success(.signalled(let number))?:
            return MartletError(
                .guestFailed,
                "the guest's side of the copy was ended by signal \(number); copy again to go on where it stopped")
        case .success(.exited)?, nil:
            let said = errors.text
            let isTold = said.isEmpty || said.contains(error.message)
            return MartletError(.guestFailed, error.message, details: isTold ? [] : [.init("guest", said)])
        }
    }
}

/// The beginning of what a guest's program writes to its errors.
private final class KeptErrors: Sendable {
    private static let most = 2_000
    private let bytes = Mutex<[UInt8]>([])

    func take(_ more: [UInt8]) { bytes.withLock { $0 += more.prefix(Self.most - $0.count) } }

    var text: String {
        let text = String(decoding: bytes.withLock { $0 }, as: UTF8.self)
        return String(text.reversed().drop { $0.isWhitespace }.reversed())
    }
}
