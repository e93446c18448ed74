import CMartletGuest
import Glibc
import MartletLinux
import MartletModel
import Synchronization

/// The ends that a program gets of its pipes or its terminal, and those that are ours. The program's are closed once it has them.
struct ProgramStreams {
    /// Our ends; none of them blocks.
    struct Ours: Sendable {
        var input: ProgramInput
        var output: SharedDescriptor
        /// nil with a terminal, where both come together.
        var errors: SharedDescriptor?
        var isTerminal: Bool { errors == nil }
    }

    var input: SharedDescriptor
    var output: SharedDescriptor
    var errors: SharedDescriptor
    var ours: Ours

    /// - Throws: `tooMany`, `ioFailed`.
    static func pipes(_ user: GuestUser) throws(MartletError) -> ProgramStreams {
        let input = try pipe(user)
        let output = try pipe(user)
        let errors = try pipe(user)
        let ours = Ours(input: ProgramInput(input.writing), output: output.reading, errors: errors.reading)
        for end in [input.writing, output.reading, errors.reading] where martlet_set_nonblocking(end.number) != 0 {
            throw .system(errno, "prepare a pipe")
        }
        return ProgramStreams(input: input.reading, output: output.writing, errors: errors.writing, ours: ours)
    }

    /// - Throws: `notFound`, `tooMany`, `ioFailed` when there is no pseudo terminal to be had.
    static func terminal(
        _ user: GuestUser, group: UInt32, columns: UInt32, rows: UInt32
    ) throws(MartletError) -> ProgramStreams {
        var (emulator, program): (CInt, CInt) = (-1, -1)
        if martlet_open_terminal(&emulator, &program, user.userID, group, columns, rows) != 0 {
            throw .system(errno, "make a terminal")
        }
        let ours = SharedDescriptor(emulator)
        let theirs = SharedDescriptor(program)
        if martlet_set_nonblocking(ours.number) != 0 { throw .system(errno, "prepare a terminal") }
        // One to read and one to write: each is waited for by itself.
        let input = ProgramInput(try ours.duplicate())
        return ProgramStreams(
            input: theirs, output: theirs, errors: theirs, ours: Ours(input: input, output: ours, errors: nil))
    }

    private static func pipe(
        _ user: GuestUser
    ) throws(MartletError) -> (reading: SharedDescriptor, writing: SharedDescriptor) {
        var ends: [CInt] = [-1, -1]
        if martlet_make_pipe(&ends, user.userID, user.groupID) != 0 { throw .system(errno, "make a pipe") }
        return (SharedDescriptor(ends[0]), SharedDescriptor(ends[1]))
    }
}

/// Our end of a program's input, until it is closed.
final class ProgramInput: Sendable {
    private let end: Mutex<SharedDescriptor?>

    init(_ descriptor: SharedDescriptor) { end = Mutex(descriptor) }

    /// nil once it is closed.
    var descriptor: SharedDescriptor? { end.withLock { $0 } }

    func close() { end.withLock { $0 = nil } }
}
