import Glibc
import Logging
package import MartletHost
import MartletLinux
package import MartletModel

/// A host inside the test's process, on a scratch root; everything but the API.
package struct HostLab: Sendable {
    package let scratch: ScratchFolder
    package let services: MartletHostServices
    package static let principal = Principal(name: "test", role: .administrator)

    package init(scratch: ScratchFolder? = nil, faults: any OperationFaults = NoFaults()) async throws {
        let scratch = try scratch ?? ScratchFolder()
        self.scratch = scratch
        services = try await MartletHostServices.open(
            configuration: DaemonConfiguration(root: scratch.path),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            faults: faults
        )
    }

    package var machines: VirtualMachines { services.virtualMachines }
    package var disks: Disks { services.disks }

    /// Waits for an operation's end, whatever it is.
    package func end(of operation: Operation) async throws -> Operation {
        let ended = try await services.operations.wait(for: operation.id, timeout: .seconds(120))
        guard ended.state.isEnded else {
            throw NeverHappened(what: "\(operation.title) ends", limit: .seconds(120), lastSeen: "\(ended)")
        }
        return ended
    }

    /// Waits for an operation's success.
    @discardableResult
    package func success(of operation: Operation) async throws -> Operation {
        let ended = try await end(of: operation)
        guard ended.state == .succeeded else { throw ended.error?.error ?? MartletError(.cancelled, "it was cancelled") }
        return ended
    }

    /// Makes a machine without firmware or guest: QEMU itself is all that the tests of operations need.
    @discardableResult
    package func make(
        _ name: String, disks: [CreateVirtualMachineRequest.DiskSource] = [], switches: [String]? = ["user"],
        generation: VirtualMachineConfiguration.Generation = .uefi, boot: VirtualMachineConfiguration.DirectBoot? = nil
    ) async throws -> VirtualMachine {
        let request = CreateVirtualMachineRequest(
            name: name, generation: generation, memory: .mebibytes(64), directBoot: boot, disks: disks, switches: switches
        )
        try await success(of: machines.create(request, by: Self.principal))
        return try machines.find(name)
    }

    @discardableResult
    package func start(_ machine: VirtualMachine) async throws -> VirtualMachine {
        try await success(of: machines.start(machine.id, paused: true, revision: nil, by: Self.principal))
        return try machines.find(machine.name)
    }

    package func turnOff(_ machine: VirtualMachine) async throws {
        try await success(
            of: machines.stop(machine.id, turnOff: true, timeout: .seconds(60), revision: nil, by: Self.principal)
        )
    }

    package func footprint() async throws -> Footprint {
        try await Footprint.take(root: scratch, records: services.recordsText())
    }

    /// Ends whatever still runs below the root, so that a failed test leaves nothing behind.
    package func endAll() async {
        for machine in machines.list() where machine.status.processID != nil { try? await turnOff(machine) }
    }
}

/// Runs a test's body with a host, and ends its machines whatever happens.
package func withHostLab<Result>(
    scratch: ScratchFolder? = nil, faults: any OperationFaults = NoFaults(), _ body: (HostLab) async throws -> Result
) async throws -> Result {
    let lab = try await HostLab(scratch: scratch, faults: faults)
    do {
        let result = try await body(lab)
        await lab.endAll()
        return result
    } catch {
        await lab.endAll()
        throw error
    }
}
