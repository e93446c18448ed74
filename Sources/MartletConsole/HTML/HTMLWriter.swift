import NIOCore

/// Writes pages as bytes.
struct HTMLWriter {
    private var buffer: ByteBuffer

    private init() { buffer = ByteBufferAllocator().buffer(capacity: 32 << 10) }

    /// A whole page, with its document type.
    static func document(_ html: HTML) -> ByteBuffer {
        var writer = HTMLWriter()
        writer.buffer.writeStaticString("<!DOCTYPE html>\n")
        writer.write(html)
        return writer.buffer
    }

    /// A part of a page.
    static func fragment(_ html: HTML) -> ByteBuffer {
        var writer = HTMLWriter()
        writer.write(html)
        return writer.buffer
    }

    private mutating func write(_ html: HTML) {
        switch html {
        case .text(let text): escape(text)
        case .many(let parts): for part in parts { write(part) }
        case .element(let element): write(element)
        }
    }

    private mutating func write(_ element: HTML.Element) {
        buffer.writeStaticString("<")
        buffer.writeString(element.tag.rawValue)
        for attribute in element.attributes {
            buffer.writeStaticString(" ")
            buffer.writeString(attribute.name)
            guard let value = attribute.value else { continue }
            buffer.writeStaticString("=\"")
            escape(value)
            buffer.writeStaticString("\"")
        }
        buffer.writeStaticString(">")
        if element.tag.isVoid { return }
        // A script's text isn't escaped text to a browser, so it has none.
        if element.tag != .script { write(element.content) }
        buffer.writeStaticString("</")
        buffer.writeString(element.tag.rawValue)
        buffer.writeStaticString(">")
    }

    /// Writes text that means itself, in an element as well as in a quoted attribute. Characters that HTML has no place for become U+FFFD.
    private mutating func escape(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for index in bytes.indices {
                guard let replacement = Self.replacement(bytes[index]) else { continue }
                buffer.writeBytes(bytes[start..<index])
                buffer.writeStaticString(replacement)
                start = index + 1
            }
            buffer.writeBytes(bytes[start...])
        }
    }

    private static func replacement(_ byte: UInt8) -> StaticString? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        case 0..<9, 11, 12, 14..<32, 127: "\u{FFFD}"
        default: nil
        }
    }
}
