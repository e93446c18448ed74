import MartletAPI
import MartletModel
import NIOCore
import Testing

@Suite("Machines that are encoded once")
struct EncodedMachinesTests {
    private func machine(_ number: Int, revision: Int64 = 1, state: VirtualMachineState = .off) throws -> VirtualMachine
    {
        let digits = String(number)
        let id: ID<VirtualMachine> = try #require(
            ID("00000000-0000-4000-8000-\(String(repeating: "0", count: 12 - digits.count))\(digits)")
        )
        let moment = Moment(milliseconds: 1)
        return VirtualMachine(
            configuration: VirtualMachineConfiguration(
                id: id, name: "vm-\(number)", notes: "r\(revision)", generation: .uefi, machineType: "q35",
                memory: .mebibytes(16),
                cpus: 1, secureBoot: true, directBoot: nil, disks: [], adapters: [], created: moment, folder: "f"
            ),
            status: VirtualMachineStatus(state: state, since: moment),
            revision: revision
        )
    }

    private func text(_ bytes: ByteBuffer) throws -> String {
        let value = try JSONParser.parse(Array(buffer: bytes))
        return "\(value["name"]?.text() ?? "") \(value["state"]?.text() ?? "") \(value["revision"]?.text() ?? "")"
    }

    @Test("what changed is encoded anew, what didn't is the same memory")
    func changes() throws {
        let encoded = EncodedMachines()
        let first = try encoded.bytes(of: [machine(1), machine(2)])
        let second = try encoded.bytes(of: [machine(2), machine(1, revision: 2), machine(3, state: .running)])
        #expect(try second.map(text) == ["\"vm-2\" \"off\" 1", "\"vm-1\" \"off\" 2", "\"vm-3\" \"running\" 1"])
        func address(_ bytes: ByteBuffer) -> UnsafeRawPointer? { bytes.withUnsafeReadableBytes { $0.baseAddress } }
        #expect(address(first[1]) == address(second[0]))
        #expect(try text(encoded.bytes(of: machine(1, revision: 2, state: .paused))) == "\"vm-1\" \"paused\" 2")
    }

    @Test("machines that are gone are forgotten")
    func pruned() throws {
        let encoded = EncodedMachines()
        _ = try encoded.bytes(of: (0..<100).map { try machine($0) })
        #expect(encoded.count == 100)
        encoded.prune(keeping: [try machine(5)])
        #expect(encoded.count == 1)
    }
}
