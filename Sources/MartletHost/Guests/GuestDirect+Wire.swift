import FoundationEssentials
import MartletGuestProtocol
import MartletModel
import SwiftProtobuf

extension GuestSignInRequest {
    /// - Throws: `invalidArgument` for a challenge that isn't base64, and for neither a password nor a signature, or both.
    init(_ request: OpenGuestSessionRequest, peer: String) throws(MartletError) {
        self.init()
        user = request.user
        self.peer = peer
        switch (request.password, request.challenge, request.signature) {
        case (let password?, nil, nil): self.password = password
        case (nil, let challenge?, let signature?):
            guard let bytes = Data(base64Encoded: challenge) else {
                throw MartletError(.invalidArgument, "the challenge isn't base64; give it as it was given")
            }
            key = .with {
                $0.challenge = bytes
                $0.signature = signature
            }
        default:
            throw MartletError(.invalidArgument, "give a password, or a challenge with its signature")
        }
    }
}

extension GuestUserSession {
    /// What the guest says of a session, cut to size.
    init(_ session: GuestSession) {
        self.init(
            number: Int(session.number), user: GuestWord.cut(session.user), userID: Int(session.userID),
            home: GuestWord.cut(session.home, 1_000),
            opened: Moment(milliseconds: session.openedInMicroseconds / 1_000), peer: GuestWord.cut(session.peer),
            programs: Int(session.programs))
    }
}

extension GuestExecuteInput {
    init(_ input: GuestExecutionInput) {
        self.init()
        switch input {
        case .start(let start): self.start = GuestExecuteStart(start)
        case .input(let bytes): self.input = Data(bytes)
        case .endOfInput: endOfInput = true
        case .resize(let size): resize = GuestTerminalSize(size)
        case .signal(let number): signal = UInt32(clamping: number)
        }
    }
}

extension GuestExecuteStart {
    init(_ start: GuestProgramStart) {
        self.init()
        session = start.session
        switch start.program {
        case .arguments(let words): arguments = .with { $0.values = words }
        case .commandLine(let line): commandLine = line
        case .loginShell: loginShell = true
        case .builtIn(let words): builtIn = .with { $0.values = words }
        }
        environment = start.environment
        workingDirectory = start.workingDirectory ?? ""
        if let terminal = start.terminal {
            self.terminal = .with {
                $0.type = terminal.type
                $0.size = GuestTerminalSize(terminal.size)
            }
        }
    }
}

extension GuestTerminalSize {
    init(_ size: GuestProgramStart.Size) {
        self.init()
        columns = UInt32(clamping: size.columns)
        rows = UInt32(clamping: size.rows)
    }
}

extension GuestExecutionOutput {
    /// Nil for what this version doesn't know.
    init?(_ message: GuestExecuteOutput) {
        switch message.message {
        case .started(let started): self = .started(processID: Int(started.processID))
        case .output(let bytes): self = .output(Array(bytes))
        case .errors(let bytes): self = .errors(Array(bytes))
        case .ended(let ended):
            switch ended.how {
            case .exitCode(let code): self = .ended(.exited(Int(code & 0xFF)))
            case .signal(let number): self = .ended(.signalled(Int(number & 0x7F)))
            case nil: self = .ended(.exited(0xFF))
            }
        case nil: return nil
        }
    }

    /// In messages as long as may be.
    var pieces: [GuestExecutionOutput] {
        switch self {
        case .output(let bytes): bytes.pieces.map { .output($0) }
        case .errors(let bytes): bytes.pieces.map { .errors($0) }
        case .started, .ended, .failed: [self]
        }
    }
}

extension [UInt8] {
    fileprivate var pieces: [[UInt8]] {
        let most = GuestExecutionWire.longestPiece
        if count <= most { return isEmpty ? [] : [self] }
        return stride(from: 0, to: count, by: most).map { Array(self[$0..<Swift.min($0 + most, count)]) }
    }
}
