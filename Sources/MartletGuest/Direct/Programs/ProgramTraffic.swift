import CMartletGuest
import Glibc
import MartletGuestProtocol
import MartletLinux
import MartletModel
import NIOCore
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

    /// Of one call, as many as Linux takes (UIO_MAXIOV).
    private static let mostPieces = 1_024

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
        try await readAll(from) {
            let count = Self.read(from, &buffer, buffer.count)
            if count > 0 { try await take(Data(buffer[..<count])) }
            return count
        }
    }

    /// As `read`, into a stream of the link.
    func read(_ from: SharedDescriptor, into stream: StreamWriter) async throws {
        try await readAll(from) {
            stream.send(upTo: try await stream.room()) { Self.read(from, $0.baseAddress, $0.count) }
        }
    }

    /// As read(2), but a failure is its negative number.
    private static func read(_ from: SharedDescriptor, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        let count = Glibc.read(from.number, buffer, count)
        return count < 0 ? -Int(errno) : count
    }

    /// - Parameter readSome: as `read(_:_:_:)`; may wait before it reads.
    private func readAll(_ from: SharedDescriptor, _ readSome: () async throws -> Int) async throws {
        var rest = Self.longestRest
        while rest > 0 {
            let hasEnded = program.hasEnded
            let count = try await readSome()
            if count > 0 {
                if hasEnded { rest -= count }
            } else if count == -Int(EINTR) {
                continue
            } else if count == -Int(EAGAIN) {
                if hasEnded || Task.isCancelled { return }
                await DescriptorReadiness.shared.wait((from, .reading), (process, .reading))
            } else {
                // The end; a terminal says it with EIO.
                return
            }
        }
    }

    /// Hands what comes by a stream of the link to the program, and drops it once it takes no more.
    func write(_ stream: StreamReader, to input: ProgramInput) async throws {
        while let pieces = try await stream.next() {
            if let descriptor = input.descriptor, await !write(pieces.map(\.bytes), to: descriptor) { input.close() }
            stream.used(pieces.reduce(0) { $0 + $1.bytes.readableBytes }, of: .input)
        }
    }

    /// In one go where the program takes it: one that is woken for each page reads page by page.
    private func write(_ pieces: [ByteBuffer], to descriptor: SharedDescriptor) async -> Bool {
        var rest = pieces[...]
        while !rest.isEmpty {
            let count = Self.write(rest.prefix(Self.mostPieces), descriptor.number)
            if count >= 0 {
                Self.drop(count, from: &rest)
            } else if await !waitToWrite(descriptor, errno) {
                return false
            }
        }
        return true
    }

    /// As writev(2).
    private static func write(_ pieces: ArraySlice<ByteBuffer>, _ descriptor: CInt) -> Int {
        let vectors = pieces.map { piece in
            // The pieces stay where they are until the call has ended: `pieces` holds them, and nobody writes to them.
            piece.withUnsafeReadableBytes { bytes in
                iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            }
        }
        return withExtendedLifetime(pieces) { writev(descriptor, vectors, CInt(vectors.count)) }
    }

    private static func drop(_ count: Int, from pieces: inout ArraySlice<ByteBuffer>) {
        var count = count
        while let first = pieces.first, count >= first.readableBytes {
            count -= first.readableBytes
            pieces.removeFirst()
        }
        if count > 0, let first = pieces.indices.first { pieces[first].moveReaderIndex(forwardBy: count) }
    }

    /// After a write that failed with this error; false when there is nothing to wait for.
    private func waitToWrite(_ descriptor: SharedDescriptor, _ error: CInt) async -> Bool {
        if error == EINTR { return true }
        guard error == EAGAIN, !program.hasEnded, !Task.isCancelled else { return false }
        await DescriptorReadiness.shared.wait((descriptor, .writing), (process, .reading))
        return true
    }

    /// Writes to the program; false once it takes no more.
    func write(_ bytes: Data, to descriptor: SharedDescriptor) async -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            // What is written stays where it is for the call.
            let count = rest.withUnsafeBytes { Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if await !waitToWrite(descriptor, errno) {
                return false
            }
        }
        return true
    }
}
