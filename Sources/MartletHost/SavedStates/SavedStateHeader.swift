import FoundationEssentials
import MartletLinux
import MartletModel

/// What stands before QEMU's stream in a saved state's file: whose it is, what can read it, and how to tell that it is whole.
///
/// In the file: the eight bytes `MRTLVMRS`, then as little-endian 32-bit numbers the format's version, the length of the JSON that
/// follows and its CRC-32C, then the JSON, then zeros up to byte 4,096, where the stream begins.
struct SavedStateHeader: Codable, Hashable, Sendable {
    static let magic = Array("MRTLVMRS".utf8)
    static let version: UInt32 = 1
    fileprivate static let prefixLength = 20

    var machine: ID<VirtualMachine>
    var machineType: String
    var accelerator: Accelerator
    /// The QEMU that wrote the stream.
    var qemuVersion: String
    /// Whether its guest was paused, and is to be again.
    var isPaused: Bool
    /// Whether the machine had vsock; nil, as older versions wrote it, for no.
    var hasVsock: Bool?
    var saved: Moment
    /// In bytes.
    var streamSize: Int64
    /// CRC-32C.
    var streamChecksum: UInt32

    /// - Throws: `internal`.
    func encoded() throws(MartletError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json: [UInt8]
        do { json = [UInt8](try encoder.encode(self)) } catch {
            throw MartletError(.internal, "a saved state's header can't be encoded", cause: error)
        }
        var checksum = CRC32C()
        checksum.update(json)
        let numbers = [Self.version, UInt32(json.count), checksum.value]
        return Self.magic + numbers.flatMap(Self.bytes) + json
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    fileprivate static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
}

extension SavedStateHeader {
    /// - Throws: `invalidArgument` for bytes that are no whole header; `unsupported` for one of a later version.
    init(decoding bytes: [UInt8], of path: String) throws(MartletError) {
        guard bytes.count >= Self.prefixLength, Array(bytes.prefix(Self.magic.count)) == Self.magic else {
            throw MartletError(.invalidArgument, "'\(path)' is no saved state, or one that was never finished")
        }
        let numbers = (0..<3).map { Self.number(bytes, at: Self.magic.count + 4 * $0) }
        guard numbers[0] == Self.version else {
            throw MartletError(
                .unsupported, "'\(path)' has version \(numbers[0]); this martletd knows version \(Self.version)")
        }
        let json = bytes.dropFirst(Self.prefixLength).prefix(Int(clamping: numbers[1]))
        var checksum = CRC32C()
        checksum.update(Array(json))
        guard json.count == Int(clamping: numbers[1]), checksum.value == numbers[2],
            let header = try? JSONDecoder().decode(Self.self, from: Data(json))
        else { throw MartletError(.invalidArgument, "the header of '\(path)' is damaged") }
        self = header
    }
}
