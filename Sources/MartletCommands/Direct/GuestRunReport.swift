import FoundationEssentials
import MartletModel
import Synchronization

/// What a program put out on one machine and how it ended, for `--json`.
struct GuestRunReport: Encodable, Sendable {
    var machine: String
    var exitCode: Int?
    var signal: Int?
    /// What failed on the way to the program.
    var failure: Failure?
    /// Text, or base64 where it isn't UTF-8.
    var stdout: String?
    var stdoutBase64: String?
    var stderr: String?
    var stderrBase64: String?
    /// Whether more came than is kept.
    var isCut: Bool
}

/// What a program puts out, kept until it has ended.
final class KeptOutput: Sendable {
    /// In bytes, of each stream of each machine.
    private static let limit = 8 << 20

    private struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var isCut = false
    }

    private let state = Mutex(State())

    func take(_ output: GuestExecutionOutput) {
        state.withLock { state in
            switch output {
            case .output(let bytes): state.isCut = Self.append(bytes, to: &state.output) || state.isCut
            case .errors(let bytes): state.isCut = Self.append(bytes, to: &state.errors) || state.isCut
            case .started, .ended, .failed: break
            }
        }
    }

    private static func append(_ bytes: [UInt8], to kept: inout [UInt8]) -> Bool {
        let room = limit - kept.count
        kept += bytes.prefix(room)
        return bytes.count > room
    }

    func report(_ machine: String, _ end: GuestProgramEnd?, _ failure: Failure?) -> GuestRunReport {
        state.withLock { state in
            var report = GuestRunReport(machine: machine, failure: failure, isCut: state.isCut)
            switch end {
            case .exited(let code): report.exitCode = code
            case .signalled(let number): report.signal = number
            case nil: break
            }
            (report.stdout, report.stdoutBase64) = Self.text(state.output)
            (report.stderr, report.stderrBase64) = Self.text(state.errors)
            return report
        }
    }

    private static func text(_ bytes: [UInt8]) -> (String?, String?) {
        if let text = String(validating: bytes, as: UTF8.self) { return (text, nil) }
        return (nil, Data(bytes).base64EncodedString())
    }
}
