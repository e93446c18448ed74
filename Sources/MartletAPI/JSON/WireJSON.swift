import FoundationEssentials
package import MartletModel
package import NIOCore

/// Our wire types to JSON and back.
package enum WireJSON {
    /// - Throws: `internal`: a value of ours that can't be encoded is a defect.
    package static func encode(_ value: some Encodable) throws(MartletError) -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        do { return ByteBuffer(bytes: try encoder.encode(value)) } catch {
            throw MartletError(.internal, "an answer can't be encoded; this is a defect of martletd", cause: error)
        }
    }

    /// Decodes what a schema let pass.
    ///
    /// - Throws: `invalidArgument`, naming the place.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(MartletError) -> Value
    {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch let error as DecodingError {
            throw MartletError(.invalidArgument, "the body can't be read: \(sentence(error))")
        } catch {
            throw MartletError(.invalidArgument, "the body can't be read", cause: error)
        }
    }

    private static func sentence(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .dataCorrupted(let context):
            "'\(path(context))' \(context.debugDescription)"
        case .keyNotFound(let key, let context): "'\(path(context, key))' is missing"
        case .valueNotFound(_, let context): "'\(path(context))' is null"
        @unknown default: "\(error)"
        }
    }

    private static func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
        (context.codingPath + [last].compactMap(\.self)).reduce("") { path, key in
            if let index = key.intValue { return "\(path)[\(index)]" }
            return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
        }
    }
}
