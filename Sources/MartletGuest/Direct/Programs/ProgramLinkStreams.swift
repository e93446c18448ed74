import GRPCCore
import MartletGuestProtocol
import SwiftProtobuf

/// A program's streams on the link, where its caller has asked for them.
struct ProgramLinkStreams: Sendable {
    let input: StreamReader
    let output: StreamWriter
    let errors: StreamWriter
    private let streams: LinkStreams
    private let number: UInt32

    /// nil where none were asked for, or where the caller didn't come by the session that they are of.
    ///
    /// - Throws: `invalidArgument` for the number of streams that are there already.
    init?(_ start: GuestExecuteStart, _ links: LinkSessions) throws(RPCError) {
        guard start.hasStreams, let streams = links.streams(of: start.streams.session) else { return nil }
        number = start.streams.number
        guard let (writers, input) = streams.open(number, writing: [.output, .errors], reading: [.input]) else {
            throw RPCError(
                code: .invalidArgument, message: "there are streams \(number) in this session; use another number")
        }
        self.streams = streams
        self.input = input
        (output, errors) = (writers[0], writers[1])
    }

    /// Whoever waits for the program's bytes is told that no more come.
    func close() {
        output.finish()
        errors.finish()
        streams.close(number)
    }
}
