package import MartletModel
package import NIOCore
import Synchronization

/// Each machine's JSON, encoded once per change.
///
/// A machine's JSON follows from its configuration's revision and its status, so these two say whether what is kept still holds.
/// About 800 bytes a machine; what no longer exists goes with the next whole list.
package final class EncodedMachines: Sendable {
    private struct Entry {
        var revision: Int64
        var status: VirtualMachineStatus
        var bytes: ByteBuffer
    }

    private let entries = Mutex<[ID<VirtualMachine>: Entry]>([:])

    package init() {}

    /// How many machines' JSON is kept.
    package var count: Int { entries.withLock { $0.count } }

    /// - Throws: `internal` when it can't be encoded.
    package func bytes(of machine: VirtualMachine) throws(MartletError) -> ByteBuffer {
        try bytes(of: CollectionOfOne(machine))[0]
    }

    /// The JSON of each, in the same order.
    ///
    /// - Throws: as `bytes(of:)`.
    package func bytes(of machines: some Collection<VirtualMachine>) throws(MartletError) -> [ByteBuffer] {
        let kept = entries.withLock { entries in machines.map { Self.kept($0, entries) } }
        var bytes: [ByteBuffer] = []
        bytes.reserveCapacity(machines.count)
        var fresh: [(ID<VirtualMachine>, Entry)] = []
        for (machine, kept) in zip(machines, kept) {
            let encoded = if let kept { kept } else { try WireJSON.encode(machine) }
            bytes.append(encoded)
            if kept == nil {
                fresh.append((machine.id, Entry(revision: machine.revision, status: machine.status, bytes: encoded)))
            }
        }
        keep(fresh)
        return bytes
    }

    /// The JSON of each with what it uses joined; machines without figures stay as they are kept.
    ///
    /// - Throws: as `bytes(of:)`.
    package func bytes(
        of machines: some Collection<VirtualMachine>, joining figures: [ID<VirtualMachine>: VirtualMachineFigures]
    ) throws(MartletError) -> [ByteBuffer] {
        var bytes = try bytes(of: machines)
        guard !figures.isEmpty else { return bytes }
        for (index, machine) in machines.enumerated() {
            guard let found = figures[machine.id] else { continue }
            bytes[index] = Self.joined(bytes[index], "figures", try WireJSON.encode(found))
        }
        return bytes
    }

    /// An encoded object with one more member at its end.
    private static func joined(_ object: ByteBuffer, _ name: String, _ value: ByteBuffer) -> ByteBuffer {
        var joined = ByteBuffer()
        joined.reserveCapacity(object.readableBytes + value.readableBytes + name.utf8.count + 4)
        joined.writeImmutableBuffer(object.getSlice(at: object.readerIndex, length: object.readableBytes - 1) ?? object)
        joined.writeString(",\"\(name)\":")
        joined.writeImmutableBuffer(value)
        joined.writeString("}")
        return joined
    }

    /// Forgets all but these; called with the whole list.
    package func prune(keeping machines: [VirtualMachine]) {
        entries.withLock { entries in
            guard entries.count > machines.count else { return }
            let present = Set(machines.map(\.id))
            entries = entries.filter { present.contains($0.key) }
        }
    }

    private static func kept(_ machine: VirtualMachine, _ entries: [ID<VirtualMachine>: Entry]) -> ByteBuffer? {
        guard let entry = entries[machine.id], entry.revision == machine.revision, entry.status == machine.status else {
            return nil
        }
        return entry.bytes
    }

    private func keep(_ fresh: [(ID<VirtualMachine>, Entry)]) {
        guard !fresh.isEmpty else { return }
        entries.withLock { entries in
            for (id, entry) in fresh { entries[id] = entry }
        }
    }
}
