import CMartletGuest
import GRPCCore
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A program's run as its caller sees it: messages to it and from it, until it has ended or the caller has left.
struct ProgramConversation: Sendable {
    private enum Part {
        case input
        case output
        case end(RunningProgram.End)
    }

    let program: RunningProgram
    let response: RPCWriter<GuestExecuteOutput>
    /// nil where the program's bytes go in the call's messages.
    let streams: ProgramLinkStreams?

    /// Returns when the program has ended and all that it wrote was told.
    ///
    /// - Throws: what the caller's leaving throws; the program was hung up then and has ended.
    func hold(_ messages: ProgramMessages) async throws {
        let (program, response, streams) = (program, response, streams)
        let end = try await withRPCCancellationHandler {
            try await withThrowingTaskGroup(of: Part.self) { group in
                // First: whatever fails after it, the program is waited for.
                group.addTask { .end(await program.waitForEnd()) }
                do {
                    let started = GuestExecuteStarted.with {
                        $0.processID = UInt32(program.processID)
                        $0.onStreams = streams != nil
                    }
                    try await response.write(.with { $0.started = started })
                    let outputs = try outputs()
                    for output in outputs { group.addTask { try await output() } }
                    let traffic = try ProgramTraffic(program)
                    group.addTask {
                        try await Self.feed(messages, program, streams == nil ? traffic : nil)
                        return .input
                    }
                    if let streams {
                        group.addTask {
                            try await traffic.write(streams.input, to: program.streams.input)
                            await Self.endInput(program, traffic)
                            return .input
                        }
                    }
                    let end = try await Self.end(of: &group, outputs: outputs.count)
                    group.cancelAll()
                    return end
                } catch {
                    program.hangUp(.callerLeft)
                    throw error
                }
            }
        } onCancelRPC: {
            program.hangUp(.callerLeft)
            // Nobody takes what it still writes.
            streams?.close()
        }
        // The end of the streams goes before: they are all there when this comes.
        streams?.close()
        try await response.write(.with { $0.ended = Self.message(end) })
    }

    private static func end(
        of group: inout ThrowingTaskGroup<Part, any Error>, outputs: Int
    ) async throws -> RunningProgram.End {
        var (left, end) = (outputs, RunningProgram.End?.none)
        while true {
            switch try await group.next() {
            case .output: left -= 1
            case .end(let how): end = how
            case .input: break
            case nil: throw CancellationError()
            }
            if left == 0, let end { return end }
        }
    }

    /// One for each of the program's outputs.
    private func outputs() throws(MartletError) -> [@Sendable () async throws -> Part] {
        let (program, response, streams) = (program, response, streams)
        let traffic = try ProgramTraffic(program)
        let output: @Sendable () async throws -> Part = {
            if let streams {
                try await traffic.read(program.streams.output, into: streams.output)
            } else {
                try await traffic.read(program.streams.output) { bytes in
                    try await response.write(.with { $0.output = bytes })
                }
            }
            return .output
        }
        guard let errors = program.streams.errors else { return [output] }
        let second = try ProgramTraffic(program)
        return [
            output,
            {
                if let streams {
                    try await second.read(errors, into: streams.errors)
                } else {
                    try await second.read(errors) { bytes in try await response.write(.with { $0.errors = bytes }) }
                }
                return .output
            },
        ]
    }

    /// Hands on what the caller sends until there is no more.
    ///
    /// - Parameter traffic: nil where input comes by a stream.
    private static func feed(
        _ messages: ProgramMessages, _ program: RunningProgram, _ traffic: ProgramTraffic?
    ) async throws {
        let input = program.streams.input
        while let message = try await messages.next() {
            switch message.message {
            case .input(let bytes):
                guard let traffic else {
                    throw RPCError(code: .invalidArgument, message: "input goes by the streams that were asked for")
                }
                guard let descriptor = input.descriptor else { break }
                // Who takes no more, as `head`, doesn't end for it.
                if await !traffic.write(bytes, to: descriptor) { input.close() }
            case .endOfInput: if let traffic { await endInput(program, traffic) }
            case .resize(let size): program.resize(columns: size.columns, rows: size.rows)
            case .signal(let number):
                try await RPCError.mapping { () throws(MartletError) in try program.signal(number) }
            case .start:
                throw RPCError(code: .invalidArgument, message: "a program was started already; one runs in each call")
            case nil: break
            }
        }
        if let traffic { await endInput(program, traffic) }
    }

    /// At a terminal the end of input is a sign like others.
    private static func endInput(_ program: RunningProgram, _ traffic: ProgramTraffic) async {
        if program.streams.isTerminal, let descriptor = program.streams.input.descriptor {
            _ = await traffic.write(Data([martlet_end_of_input_sign(descriptor.number)]), to: descriptor)
        }
        program.streams.input.close()
    }

    private static func message(_ end: RunningProgram.End) -> GuestExecuteEnded {
        .with {
            switch end {
            case .code(let code): $0.exitCode = code
            case .signal(let signal): $0.signal = signal
            }
        }
    }
}

/// What a caller sends, one message after the other.
///
/// Unchecked, since the sequence's iterator isn't sendable and may be made once: the call's own task takes the first message and has
/// taken it before the one that takes the others is made.
final class ProgramMessages: @unchecked Sendable {
    private var iterator: RPCAsyncSequence<GuestExecuteInput, any Error>.AsyncIterator

    init(_ messages: RPCAsyncSequence<GuestExecuteInput, any Error>) { iterator = messages.makeAsyncIterator() }

    /// nil when the caller has said all; throws when it has left.
    func next() async throws -> GuestExecuteInput? { try await iterator.next() }
}
