/// What went wrong, in a form that a program can act on and a person can read.
///
/// The message is a lower-case sentence with the offending value and the remedy. The cause is what lay underneath; a message never repeats it.
package struct MartletError: Error, Sendable {
    /// What kind of failure it was; stable, and what travels on the wire.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Known: String {
            case invalidArgument, contradictory, notFound, alreadyExists, conflict, wrongState, preconditionFailed,
                preconditionRequired
            case unauthenticated, forbidden, insufficientMemory, insufficientProcessors, insufficientSpace,
                inUse, timedOut, cancelled
            case unavailable, qemuFailed, guestFailed, commandFailed, storeFailed, ioFailed, tooLarge, tooMany,
                unsupported
            case methodNotAllowed, `internal`, unknown
        }
        private let known: Known
        private init(_ known: Known) { self.known = known }

        /// Reads a code from the wire; one that this version doesn't know becomes `unknown`.
        package init(wire text: String) { known = Known(rawValue: text) ?? .unknown }
        package var description: String { known.rawValue }

        /// The request or a value in it is malformed; nothing was changed.
        package static let invalidArgument = Code(.invalidArgument)
        /// Each value is right and they don't go together; nothing was changed.
        package static let contradictory = Code(.contradictory)
        package static let notFound = Code(.notFound)
        package static let alreadyExists = Code(.alreadyExists)
        /// Somebody else was first; look again and decide anew.
        package static let conflict = Code(.conflict)
        /// The thing is not in a state in which this can be done.
        package static let wrongState = Code(.wrongState)
        /// `If-Match` named another revision than the present one.
        package static let preconditionFailed = Code(.preconditionFailed)
        package static let preconditionRequired = Code(.preconditionRequired)
        package static let unauthenticated = Code(.unauthenticated)
        package static let forbidden = Code(.forbidden)
        package static let insufficientMemory = Code(.insufficientMemory)
        package static let insufficientProcessors = Code(.insufficientProcessors)
        package static let insufficientSpace = Code(.insufficientSpace)
        package static let inUse = Code(.inUse)
        package static let timedOut = Code(.timedOut)
        package static let cancelled = Code(.cancelled)
        /// The other side can't be reached or is not ready.
        package static let unavailable = Code(.unavailable)
        /// QEMU refused a command or ended.
        package static let qemuFailed = Code(.qemuFailed)
        /// The guest broke down by itself, as by a panic of its kernel.
        package static let guestFailed = Code(.guestFailed)
        /// A program that the host runs ended with an error.
        package static let commandFailed = Code(.commandFailed)
        package static let storeFailed = Code(.storeFailed)
        package static let ioFailed = Code(.ioFailed)
        package static let tooLarge = Code(.tooLarge)
        package static let tooMany = Code(.tooMany)
        package static let unsupported = Code(.unsupported)
        package static let methodNotAllowed = Code(.methodNotAllowed)
        package static let `internal` = Code(.internal)
        package static let unknown = Code(.unknown)
    }

    /// One named fact about the failure; the order is kept.
    package struct Detail: Hashable, Sendable, Codable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package struct Location: Sendable {
        package var file: String
        package var line: Int
    }

    package var code: Code
    package var message: String
    package var details: [Detail]
    package var cause: (any Error)?
    package var location: Location

    package init(
        _ code: Code,
        _ message: String,
        details: [Detail] = [],
        cause: (any Error)? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.cause = cause
        self.location = Location(file: file, line: line)
    }
}

extension MartletError: CustomStringConvertible {
    /// The whole chain in one line: the message, then each cause after a colon.
    package var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}
