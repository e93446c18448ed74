package import NIOCore

/// Finds frames in what arrives. What isn't a frame, such as the end of one whose beginning went to another reader, is passed over.
///
/// A stream's bytes aren't waited for: a frame of them that comes in parts is handed on as several.
package struct LinkFrameDecoder: ByteToMessageDecoder {
    package typealias InboundOut = LinkFrame

    /// A stream's frame of which more comes.
    private struct Rest {
        var session: UInt64
        var stream: StreamID
        var length: Int
    }

    private var rest: Rest?

    package init() {}

    package mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) -> DecodingState {
        guard let frame = next(&buffer) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(frame))
        return .continue
    }

    package mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) -> DecodingState {
        decode(context: context, buffer: &buffer)
    }

    /// Takes the next frame, and whatever lies before it.
    ///
    /// - Returns: nil when more has to arrive; what can't be a frame's beginning is gone by then.
    package mutating func next(_ buffer: inout ByteBuffer) -> LinkFrame? {
        if let rest { return part(of: rest, &buffer) }
        while buffer.readableBytes >= LinkFrame.headerLength {
            guard let header = LinkFrame.Header(buffer, at: buffer.readerIndex) else {
                Self.skip(&buffer)
                continue
            }
            let isStream = header.kind == .stream
            let needed = isStream ? StreamID.length : header.length
            guard buffer.readableBytes >= LinkFrame.headerLength + needed else { return nil }
            buffer.moveReaderIndex(forwardBy: LinkFrame.headerLength)
            switch header.kind {
            case .hello, .welcome, .data, .bye:
                let payload = buffer.readSlice(length: header.length) ?? ByteBuffer()
                return LinkFrame(header.kind, session: header.session, payload: payload)
            case .stream, .credit:
                let length = header.length - StreamID.length
                // Of a stream that there can't be nothing is said to anybody.
                guard let stream = StreamID(reading: &buffer) else { continue }
                if isStream, length > 0 {
                    return part(of: Rest(session: header.session, stream: stream, length: length), &buffer)
                }
                let payload = buffer.readSlice(length: length) ?? ByteBuffer()
                return LinkFrame(header.kind, session: header.session, stream: stream, payload: payload)
            }
        }
        return nil
    }

    private mutating func part(of whole: Rest, _ buffer: inout ByteBuffer) -> LinkFrame? {
        let count = min(whole.length, buffer.readableBytes)
        rest = whole
        guard count > 0, let payload = buffer.readSlice(length: count) else { return nil }
        rest?.length -= count
        if count == whole.length { rest = nil }
        return LinkFrame(.stream, session: whole.session, stream: whole.stream, payload: payload)
    }

    /// To the next byte that a header could begin with.
    private static func skip(_ buffer: inout ByteBuffer) {
        let first = UInt8(LinkFrame.magic >> 24)
        let next = buffer.readableBytesView.dropFirst().firstIndex(of: first) ?? buffer.writerIndex
        buffer.moveReaderIndex(to: next)
    }
}

/// Puts frames on the wire.
package struct LinkFrameEncoder: MessageToByteEncoder {
    package typealias OutboundIn = LinkFrame

    package init() {}

    package func encode(data: LinkFrame, out: inout ByteBuffer) { data.write(into: &out) }
}

extension LinkFrame {
    /// Makes a channel of bytes one of frames.
    ///
    /// - Throws: what the pipeline throws when the channel has ended already.
    package static func configure(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LinkFrameDecoder()))
        try channel.pipeline.syncOperations.addHandler(MessageToByteHandler(LinkFrameEncoder()))
    }

    /// Where frames that are encoded already are written, for a handler behind those of `configure`. On the channel's event loop.
    ///
    /// - Throws: what the pipeline throws where there are none.
    static func wire(_ channel: any Channel) throws -> ChannelHandlerContext {
        try channel.pipeline.syncOperations.context(handlerType: MessageToByteHandler<LinkFrameEncoder>.self)
    }
}
