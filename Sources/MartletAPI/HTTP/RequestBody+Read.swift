import HTTPTypes
import HummingbirdCore
import MartletModel
import NIOCore

extension Request {
    /// The body that the route asks for, read whole and held against its schema; nil when there is none and none is needed.
    ///
    /// - Throws: `tooLarge`; `invalidArgument`; `UnsupportedMediaType`; NIO's errors when the connection fails.
    func read(_ wanted: RouteDefinition.Body) async throws -> [UInt8]? {
        let announced = headers[.contentLength].flatMap(Int.init)
        if let announced, announced > wanted.limit { throw Self.tooLarge(wanted) }
        let buffer: ByteBuffer
        do { buffer = try await body.collect(upTo: wanted.limit) } catch is NIOTooManyBytesError {
            throw Self.tooLarge(wanted)
        }
        // A connection that ends in the middle of a body looks like the body's end here.
        if let announced, announced != buffer.readableBytes {
            throw MartletError(.invalidArgument, "the body ended after \(buffer.readableBytes) of \(announced) bytes")
        }
        if buffer.readableBytes == 0 && !wanted.isRequired { return nil }
        try checkMediaType(wanted)
        let bytes = Array(buffer: buffer)
        if case .json(let schema) = wanted.content { try Self.check(bytes, schema) }
        return bytes
    }

    private static func tooLarge(_ wanted: RouteDefinition.Body) -> MartletError {
        MartletError(.tooLarge, "the body is larger than \(wanted.limit) bytes; send less")
    }

    private func checkMediaType(_ wanted: RouteDefinition.Body) throws {
        let given = headers[.contentType] ?? ""
        let type = given.prefix { $0 != ";" }.split(separator: " ").joined().lowercased()
        if type == wanted.content.mediaType { return }
        throw UnsupportedMediaType(given: String(given.prefix(60)), wanted: wanted.content.mediaType)
    }

    private static func check(_ bytes: [UInt8], _ schema: JSONSchema) throws(MartletError) {
        if bytes.isEmpty { throw MartletError(.invalidArgument, "the body is missing; send JSON") }
        let value = try JSONParser.parse(bytes)
        guard let violation = Schemas.validator.violation(of: value, by: schema) else { return }
        throw MartletError(
            .invalidArgument,
            violation.sentence(place: "the body"),
            details: violation.path.isEmpty ? [] : [.init("path", violation.path)]
        )
    }
}

/// A body of another media type than the route's: 415, for which our codes have only the wider `unsupported`.
struct UnsupportedMediaType: Error {
    var given: String
    var wanted: String

    var error: MartletError {
        let said = given.isEmpty ? "without a media type" : "of the media type '\(given)'"
        return MartletError(.unsupported, "the body is \(said); send 'Content-Type: \(wanted)'")
    }
}
