package import NIOCore

/// Finds frames in what arrives. What isn't a frame, such as the end of one whose beginning went to another reader, is passed over.
package struct LinkFrameDecoder: ByteToMessageDecoder {
    package typealias InboundOut = LinkFrame

    package init() {}

    package mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) -> DecodingState {
        guard let frame = Self.next(&buffer) else { return .needMoreData }
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
    package static func next(_ buffer: inout ByteBuffer) -> LinkFrame? {
        while buffer.readableBytes >= LinkFrame.headerLength {
            guard let header = LinkFrame.Header(buffer, at: buffer.readerIndex) else {
                skip(&buffer)
                continue
            }
            guard buffer.readableBytes >= LinkFrame.headerLength + header.length else { return nil }
            buffer.moveReaderIndex(forwardBy: LinkFrame.headerLength)
            let payload = buffer.readSlice(length: header.length) ?? ByteBuffer()
            return LinkFrame(header.kind, session: header.session, payload: payload)
        }
        return nil
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
}
