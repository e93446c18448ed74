import CMartletGuest
import Glibc
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What goes to a program and comes from it. Nothing piles up: what isn't taken here isn't read there, and the other way round.
struct ProgramTraffic: Sendable {
    /// Of one message, in bytes.
    private static let piece = 64 * 1024
    /// What may still come after the end: all that fits into a pipe or a terminal.
    private static let longestRest = 1 << 20

    let program: RunningProgram
    /// The process's descriptor, one for each that waits.
    private let process: SharedDescriptor

    /// - Throws: `tooMany`.
    init(_ program: RunningProgram) throws(MartletError) {
        self.program = program
        process = try program.process.duplicate()
    }

    /// Hands on what the program writes until it closes its end; or until it has ended and all is read that it wrote, though another
    /// process that it left behind may hold the end open.
    func read(_ from: SharedDescriptor, _ take: (Data) async throws -> Void) async throws {
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        var rest = Self.longestRest
        while rest > 0 {
            let hasEnded = program.hasEnded
            let count = Glibc.read(from.number, &buffer, buffer.count)
            if count > 0 {
                try await take(Data(buffer[..<count]))
                if hasEnded { rest -= count }
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                if hasEnded || Task.isCancelled { return }
                await DescriptorReadiness.shared.wait((from, .reading), (process, .reading))
            } else {
                // The end; a terminal says it with EIO.
                return
            }
        }
    }

    /// Writes to the program; false once it takes no more.
    func write(_ bytes: Data, to descriptor: SharedDescriptor) async -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            // What is written stays where it is for the call.
            let count = rest.withUnsafeBytes { Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                if program.hasEnded || Task.isCancelled { return false }
                await DescriptorReadiness.shared.wait((descriptor, .writing), (process, .reading))
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
