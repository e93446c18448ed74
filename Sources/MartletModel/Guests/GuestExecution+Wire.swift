import FoundationEssentials

/// How a program's input and output go over a web socket: a message's first byte says what the rest is.
package enum GuestExecutionWire {
    /// Of a message with bytes, and as many are sent at once.
    package static let longestPiece = 64 << 10

    /// A message's first byte.
    fileprivate enum Kind: UInt8 {
        /// JSON with one property.
        case control = 0
        case input = 1
        case output = 2
        case errors = 3
    }

    fileprivate static func message(_ kind: Kind, _ bytes: [UInt8]) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(bytes.count + 1)
        message.append(kind.rawValue)
        message += bytes
        return message
    }

    fileprivate static func control(_ value: some Encodable) throws -> [UInt8] {
        message(.control, Array(try JSONEncoder().encode(value)))
    }

    fileprivate static func parts(_ message: [UInt8]) throws(MartletError) -> (Kind, [UInt8]) {
        guard let first = message.first, let kind = Kind(rawValue: first) else {
            throw MartletError(
                .invalidArgument, "a message begins with \(message.first.map { "\($0)" } ?? "nothing"); use 0 to 3")
        }
        return (kind, Array(message.dropFirst()))
    }

    fileprivate static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8]
    ) throws(MartletError) -> Value {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch {
            // What it says isn't repeated: it may hold a session's id.
            throw MartletError(.invalidArgument, "a control message isn't of those that there are")
        }
    }
}

extension GuestExecutionInput {
    private struct Control: Codable {
        var start: GuestProgramStart?
        var endOfInput: Bool?
        var resize: GuestProgramStart.Size?
        var signal: Int?
    }

    /// As it travels.
    ///
    /// - Throws: what can't be JSON.
    package func message() throws -> [UInt8] {
        switch self {
        case .start(let start): try GuestExecutionWire.control(Control(start: start))
        case .input(let bytes): GuestExecutionWire.message(.input, bytes)
        case .endOfInput: try GuestExecutionWire.control(Control(endOfInput: true))
        case .resize(let size): try GuestExecutionWire.control(Control(resize: size))
        case .signal(let number): try GuestExecutionWire.control(Control(signal: number))
        }
    }

    /// - Throws: `invalidArgument` for what isn't a message of these, or what can't be.
    package init(message: [UInt8]) throws(MartletError) {
        let (kind, bytes) = try GuestExecutionWire.parts(message)
        switch kind {
        case .input: self = .input(bytes)
        case .output, .errors: throw MartletError(.invalidArgument, "output isn't sent to a program")
        case .control:
            let control = try GuestExecutionWire.decode(Control.self, bytes)
            if let start = control.start {
                try start.check()
                self = .start(start)
            } else if let size = control.resize {
                try size.check()
                self = .resize(size)
            } else if let number = control.signal {
                guard (1...64).contains(number) else {
                    throw MartletError(.invalidArgument, "there is no signal \(number); use 1 to 64")
                }
                self = .signal(number)
            } else if control.endOfInput == true {
                self = .endOfInput
            } else {
                throw MartletError(.invalidArgument, "a control message says nothing that is known")
            }
        }
    }
}

extension GuestExecutionOutput {
    private struct Control: Codable {
        var started: Int?
        var exitCode: Int?
        var signal: Int?
        var failed: Failure?
    }

    /// As it travels.
    ///
    /// - Throws: what can't be JSON.
    package func message() throws -> [UInt8] {
        switch self {
        case .started(let processID): try GuestExecutionWire.control(Control(started: processID))
        case .output(let bytes): GuestExecutionWire.message(.output, bytes)
        case .errors(let bytes): GuestExecutionWire.message(.errors, bytes)
        case .ended(.exited(let code)): try GuestExecutionWire.control(Control(exitCode: code))
        case .ended(.signalled(let number)): try GuestExecutionWire.control(Control(signal: number))
        case .failed(let failure): try GuestExecutionWire.control(Control(failed: failure))
        }
    }

    /// - Throws: `invalidArgument` for what isn't a message of these.
    package init(message: [UInt8]) throws(MartletError) {
        let (kind, bytes) = try GuestExecutionWire.parts(message)
        switch kind {
        case .output: self = .output(bytes)
        case .errors: self = .errors(bytes)
        case .input: throw MartletError(.invalidArgument, "input doesn't come from a program")
        case .control:
            let control = try GuestExecutionWire.decode(Control.self, bytes)
            if let processID = control.started {
                self = .started(processID: processID)
            } else if let code = control.exitCode {
                self = .ended(.exited(code))
            } else if let number = control.signal {
                self = .ended(.signalled(number))
            } else if let failure = control.failed {
                self = .failed(failure)
            } else {
                throw MartletError(.invalidArgument, "a control message says nothing that is known")
            }
        }
    }
}
