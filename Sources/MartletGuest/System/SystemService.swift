import GRPCCore
import Logging
import MartletGuestProtocol
import MartletModel
import SwiftProtobuf

/// What the host asks of the guest's system: to shut down, to set its clock, to keep values.
struct SystemService: GuestSystem.SimpleServiceProtocol {
    let configuration: GuestConfiguration
    let commands: GuestCommands
    let logger: Logger

    func shutDown(request: GuestShutDownRequest, context: ServerContext) async throws -> GuestShutDownReply {
        logger.notice("the host asks to shut down", metadata: ["reboot": "\(request.kind == .reboot)"])
        try await RPCError.mapping { () async throws(MartletError) in
            try await commands.shutDown(reboots: request.kind == .reboot)
        }
        return GuestShutDownReply()
    }

    func setClock(request: GuestSetClockRequest, context: ServerContext) async throws -> GuestSetClockReply {
        let ahead = GuestClock.now.subtractingReportingOverflow(request.timeInMicroseconds)
        guard request.timeInMicroseconds > 0, !ahead.overflow else {
            throw RPCError(code: .invalidArgument, message: "\(request.timeInMicroseconds) µs is no time of day")
        }
        let sets = ahead.partialValue.magnitude > UInt64(clamping: request.toleranceInMicroseconds)
        if sets {
            try await RPCError.mapping { () async throws(MartletError) in try GuestClock.set(request.timeInMicroseconds)
            }
            logger.notice("the clock was set", metadata: ["ahead_us": "\(ahead.partialValue)"])
        }
        return .with {
            $0.aheadInMicroseconds = ahead.partialValue
            $0.wasSet = sets
        }
    }

    func setValues(request: GuestSetValuesRequest, context: ServerContext) async throws -> GuestSetValuesReply {
        try await RPCError.mapping { () async throws(MartletError) in
            try ExchangedValues.write(request.values, to: configuration.fromHostFolder)
        }
        return GuestSetValuesReply()
    }
}
