import Foundation
import GRPCCore
import MartletGuestProtocol
import MartletModel
import MartletTestSupport
import NIOCore
import NIOPosix
import SwiftProtobuf
import Testing

@testable import MartletGuest

/// Programs whose bytes go by streams of the link, as root alone: they run as other users.
@Suite("Programs' streams on the link", .enabled(if: geteuid() == 0))
struct StreamTests {
    @Test("Megabytes go to a program and come from it as they are, outputs apart, and its end is told behind them")
    func bytes() async throws {
        let input = (0..<5_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        let said = try await run("tee /dev/stderr; exit 7", input: input)
        #expect(said.output == input && said.errors == input && said.end == .with { $0.exitCode = 7 })
    }

    @Test("Who takes no more input doesn't keep its caller from sending all of it")
    func head() async throws {
        let input = [UInt8](repeating: 1, count: 5_000_000)
        let said = try await run("head -c 5; exec 0<&-; sleep 0.2", input: input)
        #expect(said.output == Array(input.prefix(5)) && said.end == .with { $0.exitCode = 0 })
    }

    @Test(
        "A program whose output nobody takes is held up, and hung up when its caller or the link's session leaves",
        arguments: [false, true])
    func heldUp(linkEnds: Bool) async throws {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            try? await withLink(to: lab) { client, streams in
                await #expect(throws: CancellationError.self) {
                    try await client.execute { writer in
                        try await writer.write(start(session, "echo $$ > pid; yes", streams, 1))
                        try await Task.sleep(for: .seconds(3_600))
                    } onResponse: { response in
                        for try await message in response.messages where message.started.onStreams {
                            _ = try await eventually("the program runs") {
                                try? String(contentsOfFile: "\(lab.home)/pid", encoding: .utf8)
                            } until: {
                                $0?.hasSuffix("\n") == true
                            }
                            throw CancellationError()
                        }
                    }
                }
                if !linkEnds { try await expectNoPrograms(lab) }
            }
            if linkEnds { try await expectNoPrograms(lab) }
        }
    }

    private func expectNoPrograms(_ lab: DirectLab) async throws {
        _ = try await eventually("the program has ended") {
            try await lab.client.listSessions(GuestListSessionsRequest()).sessions.map(\.programs)
        } until: {
            $0 == [0]
        }
        let text = try String(contentsOfFile: "\(lab.home)/pid", encoding: .utf8)
        let process = try #require(pid_t(text.prefix { $0.isNumber }))
        #expect(kill(process, 0) != 0)
    }

    @Test("Streams that are there already, or of another session of the link, are refused or not used")
    func numbers() async throws {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            try await withLink(to: lab) { client, streams in
                let other = try await client.execute { writer in
                    try await writer.write(
                        start(session, "echo x", streams, 1) { $0.start.streams.session = streams.session &+ 1 })
                } onResponse: { response in
                    try await response.messages.reduce(into: [GuestExecuteOutput]()) { $0.append($1) }
                }
                #expect(other.first?.started.onStreams == false && other.contains { $0.output == Data("x\n".utf8) })
                let error = await #expect(throws: RPCError.self) {
                    try await client.execute { writer in
                        try await writer.write(start(session, "sleep 600", streams, 2))
                        try await Task.sleep(for: .seconds(3_600))
                    } onResponse: { response in
                        for try await message in response.messages where message.started.onStreams {
                            try await client.execute { writer in
                                try await writer.write(start(session, "true", streams, 2))
                            } onResponse: { response in
                                for try await _ in response.messages {}
                            }
                        }
                    }
                }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    private struct Outcome: Sendable {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var end: GuestExecuteEnded?
    }

    private func run(_ line: String, input: [UInt8]) async throws -> Outcome {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            return try await withLink(to: lab) { client, streams in
                let number = streams.newNumber()
                let (writers, reader) = try #require(
                    streams.open(number, writing: [.input], reading: [.output, .errors]))
                return try await client.execute { writer in
                    try await writer.write(start(session, line, streams, number))
                } onResponse: { response in
                    var outcome = Outcome()
                    for try await message in response.messages {
                        if case .ended(let end) = message.message { outcome.end = end }
                        guard message.started.onStreams else { continue }
                        async let sending: Void = {
                            try await writers[0].send(input)
                            writers[0].finish()
                        }()
                        while let pieces = try await reader.next() {
                            for piece in pieces {
                                if piece.channel == .output { outcome.output += piece.array }
                                if piece.channel == .errors { outcome.errors += piece.array }
                                reader.used(piece.bytes.readableBytes, of: piece.channel)
                            }
                        }
                        // A program that has ended takes no more.
                        streams.close(number)
                        try? await sending
                    }
                    return outcome
                }
            }
        }
    }

    private func start(
        _ session: GuestSession, _ line: String, _ streams: LinkStreams, _ number: UInt32,
        change: (inout GuestExecuteInput) -> Void = { _ in }
    ) -> GuestExecuteInput {
        var input = GuestExecuteInput.with {
            $0.start = DirectLab.start(session) { $0.commandLine = line }
            $0.start.streams = .with {
                $0.session = streams.session
                $0.number = number
            }
        }
        change(&input)
        return input
    }

    private func withLink<Result: Sendable>(
        to lab: DirectLab,
        _ body: @Sendable (GuestDirect.Client<GuestChannel.Transport>, LinkStreams) async throws -> Result
    ) async throws -> Result {
        let port = "\(lab.folder)/port.sock"
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.serveLink(lab.serverSocket, lab.sessions) }
            .bind(unixDomainSocketPath: port).get()
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(
                try await GuestChannel.run(path: port, session: .random(in: 1...UInt64.max)) { client, streams in
                    try await body(GuestDirect.Client(wrapping: client), streams)
                })
        } catch {
            result = .failure(error)
        }
        try await listener.close()
        return try result.get()
    }
}
