import MartletModel

/// One connection to a monitor, without the connection: what each line means and what must follow.
///
///     greeting expected ──greeting──▶ negotiating ──capabilities agreed──▶ ready
///            │                             │                                 │
///            └──────── anything against the protocol, or the end ────────────┴──▶ broken
///
/// A command that was given up stays known until its reply comes, which is then dropped. A reply that belongs to no
/// command is dropped as well: QEMU sends the reply to a client that left to the client that came after it, which is
/// why each session marks its commands with a tag of its own.
struct QMPSession: Sendable {
    private enum State {
        /// Connected, nothing received. Can become `negotiating` or `broken`.
        case greetingExpected
        /// The greeting came and `qmp_capabilities` was sent. Can become `ready` or `broken`.
        case negotiating(QEMUVersion)
        /// Commands are accepted. Can become `broken`.
        case ready
        /// Nothing is sent or taken any more; never changes again.
        case broken(MartletError)
    }

    /// What whoever has the connection must do.
    enum Action: Sendable {
        case nothing
        case send([UInt8])
        case becameReady(QEMUVersion)
        case publish(QMPEvent)
        /// The command of this number was obeyed; its reply is in the line.
        case succeed(Int)
        case refuse(Int, MartletError)
        /// Close the connection, and fail every command under way with this.
        case fail(MartletError)
    }

    /// So many replies may be owed by a peer before it counts as dead: a client that only gives up would grow without
    /// end.
    static let mostAbandoned = 16
    /// So many commands may be under way; QEMU itself takes eight and then stops reading.
    static let mostWaiting = 64

    private let tag: String
    private var state = State.greetingExpected
    private var nextNumber = 1
    private var waiting: [Int: String] = [:]
    private var abandoned: Set<Int> = []

    /// - Parameter tag: ASCII letters and digits that no other session with the same QEMU has.
    init(tag: String) { self.tag = tag }

    /// How many commands wait for their reply.
    var waitingCount: Int { waiting.count }

    // MARK: Events

    mutating func received(_ line: [UInt8]) -> Action {
        if case .broken = state { return .nothing }
        do {
            return received(try QMPMessage(line: line))
        } catch {
            return broke(Self.violation("what the monitor sent is not QMP", cause: error))
        }
    }

    /// Takes a command on: its number, and the line to send.
    ///
    /// - Parameter arguments: a JSON object.
    /// - Throws: `wrongState` before the session is ready; `tooMany`; what broke the session when it is broken.
    mutating func submit(_ name: String, arguments: [UInt8]) throws(MartletError) -> (number: Int, line: [UInt8]) {
        switch state {
        case .broken(let failure): throw failure
        case .greetingExpected, .negotiating:
            throw MartletError(.wrongState, "the monitor has not agreed to talk yet; wait until it has")
        case .ready: break
        }
        guard waiting.count < Self.mostWaiting else {
            throw MartletError(.tooMany, "\(waiting.count) commands wait for qemu's monitor; try again later")
        }
        let number = nextNumber
        nextNumber += 1
        waiting[number] = name
        return (number, line(name, id: "\(tag)-\(number)", arguments: arguments))
    }

    /// Nobody waits for this command's reply any more.
    mutating func abandoned(_ number: Int) -> Action {
        guard let name = waiting.removeValue(forKey: number) else { return .nothing }
        abandoned.insert(number)
        guard abandoned.count > Self.mostAbandoned else { return .nothing }
        return broke(
            MartletError(
                .unavailable, "qemu's monitor owes \(abandoned.count) replies, the last to '\(name)'; it hangs")
        )
    }

    /// The connection ended, or must: why is kept for those who ask later.
    mutating func broke(_ failure: MartletError) -> Action {
        if case .broken = state { return .nothing }
        state = .broken(failure)
        waiting = [:]
        abandoned = []
        return .fail(failure)
    }

    // MARK: Messages

    private mutating func received(_ message: QMPMessage) -> Action {
        switch (message, state) {
        case (.greeting(let version), .greetingExpected): greeted(version)
        case (.greeting, _): broke(Self.violation("the monitor greeted twice"))
        case (_, .greetingExpected): broke(Self.violation("the monitor did not begin with a greeting"))
        case (.event(let event), _): .publish(event)
        case (.success(let id), .negotiating(let version)): negotiated(id, version)
        case (.refusal(let id, let refusal), .negotiating): capabilitiesRefused(id, refusal)
        case (.success(let id), _): finish(id) { number, _ in .succeed(number) }
        case (.refusal(let id, let refusal), _):
            finish(id) { number, name in .refuse(number, refusal.error(command: name)) }
        }
    }

    private mutating func greeted(_ version: QEMUVersion) -> Action {
        state = .negotiating(version)
        return .send(line("qmp_capabilities", id: negotiationID, arguments: Array("{}".utf8)))
    }

    private mutating func negotiated(_ id: String, _ version: QEMUVersion) -> Action {
        guard id == negotiationID else { return .nothing }
        state = .ready
        return .becameReady(version)
    }

    private mutating func capabilitiesRefused(_ id: String, _ refusal: QMPRefusal) -> Action {
        guard id == negotiationID else { return .nothing }
        return broke(refusal.error(command: "qmp_capabilities"))
    }

    private mutating func finish(_ id: String, _ action: (Int, String) -> Action) -> Action {
        guard let number = number(of: id), abandoned.remove(number) == nil,
            let name = waiting.removeValue(forKey: number)
        else { return .nothing }
        return action(number, name)
    }

    private func number(of id: String) -> Int? {
        guard id.hasPrefix("\(tag)-") else { return nil }
        return Int(id.dropFirst(tag.utf8.count + 1))
    }

    private var negotiationID: String { "\(tag)-0" }

    private func line(_ name: String, id: String, arguments: [UInt8]) -> [UInt8] {
        Array(#"{"execute":"\#(name)","id":"\#(id)","arguments":"#.utf8) + arguments + Array("}\n".utf8)
    }

    private static func violation(_ sentence: String, cause: (any Error)? = nil) -> MartletError {
        MartletError(.qemuFailed, "\(sentence); the connection was closed", cause: cause)
    }
}
