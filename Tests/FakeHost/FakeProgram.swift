package import MartletModel
import MartletWebSocket
import NIOCore
import NIOHTTP1

/// The host's end of a program that runs in a guest.
package struct FakeProgram: Sendable {
    private let messages: AsyncStream<[UInt8]>
    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketOutput>

    /// Takes everything that the program is told, until `take` says that it is enough or the client leaves. May be called again.
    package func listen(_ take: (GuestExecutionInput) async throws -> Bool) async throws {
        for await message in messages {
            if try await take(try GuestExecutionInput(message: message)) { return }
        }
    }

    package func say(_ output: GuestExecutionOutput) async throws {
        try await outbound.write(.message(ByteBuffer(bytes: try output.message())))
    }

    /// Ends the web socket as the host does.
    package func close(_ error: MartletError? = nil) async throws {
        try await outbound.write(.close(error.map { WebSocketClose($0, status: 503) } ?? .normal))
    }

    static func serve(
        _ serve: @escaping @Sendable (FakeProgram) async throws -> Void, _ request: FakeRequest, on channel: any Channel
    ) async throws {
        let head = FakeAnswer.upgradeHead(request)
        let socket = try await channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let connection = try pipeline.handler(type: FakeConnection.self)
            channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
            try WebSocketHandler.add(to: pipeline, isServer: true, limits: WebSocketLimits())
            pipeline.removeHandler(decoder, promise: nil)
            pipeline.removeHandler(connection, promise: nil)
            return try NIOAsyncChannel<WebSocketEvent, WebSocketOutput>(wrappingChannelSynchronously: channel)
        }.get()
        try await socket.executeThenClose { inbound, outbound in
            let (messages, heard) = AsyncStream<[UInt8]>.makeStream()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { heard.finish() }
                    // To the end, so that the client's answer to a close is heard.
                    for try await event in inbound {
                        if case .message(let bytes) = event { heard.yield(Array(bytes.readableBytesView)) }
                    }
                }
                try await serve(FakeProgram(messages: messages, outbound: outbound))
                try await group.waitForAll()
            }
        }
    }
}

extension FakeAnswer {
    /// A program that has said these already, so that they come in one piece with the answer, the close too.
    package static func finished(_ request: FakeRequest, _ outputs: [GuestExecutionOutput]) throws -> FakeAnswer {
        let frames = try outputs.flatMap { output in
            let message = try output.message()
            precondition(message.count < 126, "a longer message has another head (RFC 6455, 5.2)")
            return [0x82, UInt8(message.count)] + message
        }
        return .raw(Array(upgradeHead(request).utf8) + frames + [0x88, 2, 0x03, 0xE8], closes: false)
    }

    fileprivate static func upgradeHead(_ request: FakeRequest) -> String {
        let accept = WebSocketHandshake.accept(request.headers["sec-websocket-key"] ?? "")
        return FakeConnection.head(
            101, [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)])
    }

    /// A program that puts out what it reads, with a line before it, and ends with this code when the input does.
    package static func echo(exitCode: Int = 0) -> FakeAnswer {
        .program { program in
            try await program.listen { input in
                switch input {
                case .start:
                    try await program.say(.started(processID: 7))
                    try await program.say(.output(Array("hello\n".utf8)))
                    return false
                case .input(let bytes):
                    try await program.say(.errors(bytes))
                    return false
                case .endOfInput: return true
                case .resize, .signal: return false
                }
            }
            try await program.say(.ended(.exited(exitCode)))
            try await program.close()
        }
    }
}
