package import NIOCore

/// Writes `{"items": [...], "next": ...}` from items that are encoded already, in pieces of about 64 KiB.
package enum PageBytes {
    package static let pieceSize = 64 << 10

    package static func pieces(of items: some Sequence<ByteBuffer>, next: String?) -> [ByteBuffer] {
        var pieces: [ByteBuffer] = []
        var piece = ByteBuffer(string: "{\"items\":[")
        var isFirst = true
        for item in items {
            if piece.readableBytes + item.readableBytes > pieceSize {
                pieces.append(piece)
                piece = ByteBuffer()
            }
            if !isFirst { piece.writeInteger(UInt8(ascii: ",")) }
            isFirst = false
            piece.writeImmutableBuffer(item)
        }
        piece.writeString("]")
        if let next { piece.writeString(",\"next\":\(JSONValue.string(next).text())") }
        piece.writeString("}")
        pieces.append(piece)
        return pieces
    }
}
