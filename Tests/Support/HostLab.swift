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

    package init(
        scratch: ScratchFolder? = nil, faults: any OperationFaults = NoFaults(),
        environment: HostEnvironment = HostEnvironment(), freezers: @escaping GuestFreezers = { _, own in own },
        configure: (inout DaemonConfiguration) -> Void = { _ in }
    ) async throws {
        let scratch = try scratch ?? ScratchFolder()
        self.scratch = scratch
        var configuration = DaemonConfiguration(root: scratch.path, shareFolder: Programs.testShare)
        // The test program isn't the daemon.
        configuration.helper = "\(Programs.folder)/martletd"
        configure(&configuration)
        services = try await MartletHostServices.open(
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            environment: environment,
            faults: faults,
            freezers: freezers
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

    /// Makes a machine without a guest: what most tests need is QEMU itself.
    @discardableResult
    package func make(
        _ name: String, disks: [CreateVirtualMachineRequest.DiskSource] = [], switches: [String]? = ["user"]
    ) async throws -> VirtualMachine {
        let request = CreateVirtualMachineRequest(name: name, memory: .mebibytes(64), disks: disks, switches: switches)
        try await success(of: createMachine(request))
        return try machines.find(name)
    }

    /// Starts a machine, paused.
    @discardableResult
    package func start(_ machine: VirtualMachine) async throws -> VirtualMachine {
        try await success(of: startMachine(machine.name))
        return try machines.find(machine.name)
    }

    package func start(_ machine: VirtualMachine, paused: Bool) async throws -> Operation {
        try await machines.start(machine.id, paused: paused, revision: nil, by: Self.principal)
    }

    package func turnOff(_ machine: VirtualMachine) async throws { try await success(of: stopMachine(machine.name)) }

    package func footprint() async throws -> Footprint {
        try await Footprint.take(root: scratch, records: services.records())
    }

    /// Ends whatever still runs below the root, so that a failed test leaves nothing behind.
    package func endAll() async {
        for machine in machines.list() where machine.status.processID != nil {
            _ = try? await success(of: stopMachine(machine.name))
        }
        // Others go down with their machines.
        for lasting in services.switches.list() where lasting.kind == .external {
            _ = try? await success(of: deleteSwitch(lasting.name))
        }
    }
}

extension HostLab: OperationHost {
    package func createDisk(_ request: CreateDiskRequest) async throws -> Operation {
        try await disks.create(request, by: Self.principal)
    }

    package func deleteDisk(_ name: String) async throws -> Operation {
        try await disks.delete(disks.find(name).id, by: Self.principal)
    }

    package func importImage(_ request: ImportImageRequest) async throws -> Operation {
        try await services.images.importImage(request, by: Self.principal)
    }

    package func buildImage(_ request: BuildImageRequest) async throws -> Operation {
        try await services.images.build(request, by: Self.principal)
    }

    package func deleteImage(_ name: String) async throws -> Operation {
        try await services.images.delete(services.images.find(name).id, by: Self.principal)
    }

    package func createMachine(_ request: CreateVirtualMachineRequest) async throws -> Operation {
        try await machines.create(request, by: Self.principal)
    }

    package func deleteMachine(_ name: String) async throws -> Operation {
        try await machines.delete(machines.find(name).id, withDisks: false, revision: nil, by: Self.principal)
    }

    package func startMachine(_ name: String) async throws -> Operation {
        try await machines.start(machines.find(name).id, paused: true, revision: nil, by: Self.principal)
    }

    package func createSwitch(_ request: CreateVirtualSwitchRequest) async throws -> Operation {
        try await machines.createSwitch(request, peer: nil, by: Self.principal)
    }

    package func deleteSwitch(_ name: String) async throws -> Operation {
        try await machines.deleteSwitch(services.switches.find(name).id, by: Self.principal)
    }

    package func addAdapter(_ machine: String, _ request: AdapterRequest) async throws -> Operation {
        try await machines.addAdapter(machines.find(machine).id, request, revision: nil, by: Self.principal)
    }

    package func setAdapter(
        _ machine: String, _ adapter: String, _ request: AdapterRequest
    ) async throws -> Operation {
        try await machines.setAdapter(
            adapter, of: machines.find(machine).id, request, revision: nil, by: Self.principal)
    }

    package func removeAdapter(_ machine: String, _ adapter: String) async throws -> Operation {
        try await machines.removeAdapter(
            adapter, of: machines.find(machine).id, revision: nil, by: Self.principal)
    }

    package func restartMachine(_ name: String) async throws -> Operation {
        let id = try machines.find(name).id
        return try await machines.restart(
            id, turnOff: true, timeout: .seconds(60), revision: nil, by: Self.principal)
    }

    package func saveMachine(_ name: String) async throws -> Operation {
        try await machines.save(machines.find(name).id, revision: nil, by: Self.principal)
    }

    package func discardMachine(_ name: String) async throws -> Operation {
        try await machines.discard(machines.find(name).id, revision: nil, by: Self.principal)
    }

    package func stopMachines() async throws -> Operation {
        try await services.hostStop.begin(timeout: .seconds(60), by: Self.principal)
    }

    package func stopMachine(_ name: String) async throws -> Operation {
        let id = try machines.find(name).id
        return try await machines.stop(id, turnOff: true, timeout: .seconds(60), revision: nil, by: Self.principal)
    }

    package func attachDisk(_ name: String, _ request: AttachDiskRequest) async throws -> Operation {
        try await machines.attach(disks.find(name).id, request, by: Self.principal)
    }

    package func detachDisk(_ name: String, _ request: DetachDiskRequest) async throws -> Operation {
        try await machines.detach(disks.find(name).id, request, by: Self.principal)
    }

    package func resizeDisk(_ name: String, _ request: ResizeDiskRequest) async throws -> Operation {
        try await machines.resize(disks.find(name).id, request, by: Self.principal)
    }

    package func convertDisk(_ name: String, _ request: ConvertDiskRequest) async throws -> Operation {
        try await machines.convert(disks.find(name).id, request, by: Self.principal)
    }

    package func exportDisk(_ name: String, _ request: ExportDiskRequest) async throws -> Operation {
        try await machines.export(disks.find(name).id, request, by: Self.principal)
    }

    package func createCheckpoint(_ machine: String, _ request: CreateCheckpointRequest) async throws -> Operation {
        try await machines.createCheckpoint(machines.find(machine).id, request, revision: nil, by: Self.principal)
    }

    package func applyCheckpoint(_ machine: String, _ checkpoint: String) async throws -> Operation {
        let id = try machines.find(machine).id
        return try await machines.applyCheckpoint(checkpoint, of: id, revision: nil, by: Self.principal)
    }

    package func deleteCheckpoint(_ machine: String, _ checkpoint: String) async throws -> Operation {
        let id = try machines.find(machine).id
        return try await machines.deleteCheckpoint(
            checkpoint, of: id, subtree: false, bandwidth: nil, revision: nil, by: Self.principal)
    }

    package func mergeCheckpoints(_ machine: String) async throws -> Operation {
        let id = try machines.find(machine).id
        return try await machines.mergeCheckpoints(of: id, bandwidth: nil, revision: nil, by: Self.principal)
    }

    package func exportCheckpoint(
        _ machine: String, _ checkpoint: String, to folder: String
    ) async throws -> Operation {
        let id = try machines.find(machine).id
        return try await machines.exportCheckpoint(
            checkpoint, of: id, .init(folder: folder), revision: nil, by: Self.principal)
    }

    package func outside(_ name: String) -> String { "\(scratch.path).outside-\(name)" }
}

/// Runs a test's body with a host, and ends its machines whatever happens.
package func withHostLab<Result>(
    scratch: ScratchFolder? = nil, faults: any OperationFaults = NoFaults(),
    environment: HostEnvironment = HostEnvironment(), freezers: @escaping GuestFreezers = { _, own in own },
    configure: (inout DaemonConfiguration) -> Void = { _ in },
    _ body: (HostLab) async throws -> Result
) async throws -> Result {
    let lab = try await HostLab(
        scratch: scratch, faults: faults, environment: environment, freezers: freezers, configure: configure)
    do {
        let result = try await body(lab)
        await lab.endAll()
        return result
    } catch {
        await lab.endAll()
        throw error
    }
}
