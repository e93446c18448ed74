package import MartletHost
import MartletLinux
package import MartletModel

/// A host that operations can be begun on: in the test's process, or a daemon behind its API.
package protocol OperationHost: Sendable {
    func createDisk(_ request: CreateDiskRequest) async throws -> Operation
    func deleteDisk(_ name: String) async throws -> Operation
    func importImage(_ request: ImportImageRequest) async throws -> Operation
    func buildImage(_ request: BuildImageRequest) async throws -> Operation
    func deleteImage(_ name: String) async throws -> Operation
    func createMachine(_ request: CreateVirtualMachineRequest) async throws -> Operation
    func deleteMachine(_ name: String) async throws -> Operation
    func startMachine(_ name: String) async throws -> Operation
    func stopMachine(_ name: String) async throws -> Operation
    func createSwitch(_ request: CreateVirtualSwitchRequest) async throws -> Operation
    func deleteSwitch(_ name: String) async throws -> Operation
    func addAdapter(_ machine: String, _ request: AdapterRequest) async throws -> Operation
    func setAdapter(_ machine: String, _ adapter: String, _ request: AdapterRequest) async throws -> Operation
    func removeAdapter(_ machine: String, _ adapter: String) async throws -> Operation
    func attachDisk(_ name: String, _ request: AttachDiskRequest) async throws -> Operation
    func detachDisk(_ name: String, _ request: DetachDiskRequest) async throws -> Operation
    func resizeDisk(_ name: String, _ request: ResizeDiskRequest) async throws -> Operation
    func convertDisk(_ name: String, _ request: ConvertDiskRequest) async throws -> Operation
    func exportDisk(_ name: String, _ request: ExportDiskRequest) async throws -> Operation
    func createCheckpoint(_ machine: String, _ request: CreateCheckpointRequest) async throws -> Operation
    func applyCheckpoint(_ machine: String, _ checkpoint: String) async throws -> Operation
    func deleteCheckpoint(_ machine: String, _ checkpoint: String) async throws -> Operation
    func mergeCheckpoints(_ machine: String) async throws -> Operation
    func exportCheckpoint(_ machine: String, _ checkpoint: String, to folder: String) async throws -> Operation
    /// A path of a file that isn't the host's own, and is gone when the test ends.
    func outside(_ name: String) -> String
    /// By the plug.
    func restartMachine(_ name: String) async throws -> Operation
    func saveMachine(_ name: String) async throws -> Operation
    func discardMachine(_ name: String) async throws -> Operation
    func stopMachines() async throws -> Operation
    /// The operation once it has ended, whatever came of it.
    func end(of operation: Operation) async throws -> Operation
}

extension OperationHost {
    /// Waits for an operation's success.
    @discardableResult
    package func success(of operation: Operation) async throws -> Operation {
        let ended = try await end(of: operation)
        guard ended.state == .succeeded else {
            throw ended.error?.error ?? MartletError(.cancelled, "it was cancelled")
        }
        return ended
    }
}

/// How to bring a host to the point where an operation of one kind can begin, and how to begin it.
///
/// There is one for every kind in the catalogue: the suites that use them fail for a kind that has none.
package struct OperationScenario: Sendable {
    package let kind: Operation.Kind
    package let prepare: @Sendable (any OperationHost) async throws -> Void
    package let begin: @Sendable (any OperationHost) async throws -> Operation

    private static let all: [OperationScenario] = [
        createMachine, deleteMachine, startMachine, stopMachine, createDisk, deleteDisk, importImage, buildImage,
        deleteImage, attachDisk, detachDisk, resizeDisk, convertDisk, exportDisk,
        createSwitch, deleteSwitch, addAdapter, setAdapter, removeAdapter,
        restartMachine, saveMachine, restoreMachine, discardMachine, stopMachines,
        createCheckpoint, applyCheckpoint, deleteCheckpoint, mergeCheckpoints, exportCheckpoint,
    ]

    /// - Throws: `notFound` for a kind that has none.
    package static func of(_ kind: Operation.Kind) throws -> OperationScenario {
        guard let scenario = all.first(where: { $0.kind == kind }) else {
            throw MartletError(.notFound, "the operation \(kind) has no scenario; add one here, so that it is tested")
        }
        return scenario
    }

    /// The networks that a machine can be tested with here.
    private static var switches: [String] { HostFacts.isRoot ? ["nat", "user"] : ["user"] }

    private static let smallImage = ImportImageRequest(name: "image", source: Programs.smallDisk)

    private static let importImage = OperationScenario(kind: "image.import") { _ in
    } begin: { host in
        try await host.importImage(smallImage)
    }

    /// With a recipe of the tests, which makes an empty disk.
    private static let buildImage = OperationScenario(kind: "image.build") { _ in
    } begin: { host in
        try await host.buildImage(.init(recipe: "debian-12", name: "image"))
    }

    private static let deleteImage = OperationScenario(kind: "image.delete") { host in
        try await host.success(of: host.importImage(smallImage))
    } begin: { host in
        try await host.deleteImage("image")
    }

    /// A machine whose QEMU waits before the first instruction: firmware and guest don't matter to operations.
    private static func subject(with disks: [CreateVirtualMachineRequest.DiskSource]) -> CreateVirtualMachineRequest {
        var request = CreateVirtualMachineRequest(
            name: "subject", memory: .mebibytes(64), disks: disks, switches: switches)
        request.settings.tpm = true
        return request
    }

    private static let ownDisk = CreateVirtualMachineRequest.DiskSource.new(capacity: .mebibytes(8))

    private static func makeExistingDisk(_ host: any OperationHost) async throws {
        try await host.success(of: host.createDisk(.init(name: "existing", capacity: .mebibytes(8))))
    }

    private static let createMachine = OperationScenario(kind: "vm.create") { host in
        try await makeExistingDisk(host)
        try await host.success(of: host.importImage(smallImage))
    } begin: { host in
        var request = subject(with: [ownDisk, .existing("existing")])
        request.generation = .direct
        // Any file will do: this machine is never started.
        request.directBoot = .init(kernel: "/etc/os-release", initrd: "/etc/os-release", append: "quiet")
        request.image = .init(image: "image", capacity: .mebibytes(1))
        request.cloudInit = CloudInit(userData: "#cloud-config")
        return try await host.createMachine(request)
    }

    private static let deleteMachine = OperationScenario(kind: "vm.delete") { host in
        try await makeExistingDisk(host)
        try await host.success(of: host.createMachine(subject(with: [ownDisk, .existing("existing")])))
    } begin: { host in
        try await host.deleteMachine("subject")
    }

    private static let startMachine = OperationScenario(kind: "vm.start") { host in
        try await host.success(of: host.createMachine(subject(with: [ownDisk])))
    } begin: { host in
        try await host.startMachine("subject")
    }

    private static let stopMachine = OperationScenario(kind: "vm.stop") { host in
        try await host.success(of: host.createMachine(subject(with: [ownDisk])))
        try await host.success(of: host.startMachine("subject"))
    } begin: { host in
        try await host.stopMachine("subject")
    }

    /// With an adapter to take, where that can be done here.
    private static func newSwitch() throws -> CreateVirtualSwitchRequest {
        guard HostFacts.isRoot else { return .init(name: "subject", kind: .user) }
        return .init(name: "subject", kind: .external, adapter: try SpareAdapter.name())
    }

    private static let createSwitch = OperationScenario(kind: "switch.create") { _ in
    } begin: { host in
        try await host.createSwitch(newSwitch())
    }

    private static let deleteSwitch = OperationScenario(kind: "switch.delete") { host in
        try await host.success(of: host.createSwitch(newSwitch()))
    } begin: { host in
        try await host.deleteSwitch("subject")
    }

    private static let addAdapter = OperationScenario(kind: "adapter.add") { host in
        try await host.success(of: host.createMachine(subject(with: [])))
        try await host.success(of: host.startMachine("subject"))
    } begin: { host in
        try await host.addAdapter("subject", .init(switch: switches[0]))
    }

    private static let setAdapter = OperationScenario(kind: "adapter.set") { host in
        try await host.success(of: host.createMachine(subject(with: [])))
        if HostFacts.isRoot { try await host.success(of: host.createSwitch(.init(name: "lab", kind: .internal))) }
        try await host.success(of: host.startMachine("subject"))
    } begin: { host in
        let target = HostFacts.isRoot ? "lab" : nil
        return try await host.setAdapter(
            "subject", "0",
            .init(switch: target, bandwidthLimit: target.map { _ in 1_000_000 }, allowsAddressSpoofing: true))
    }

    /// Off, since the subject has no guest that could let an adapter go; with a guest it is `HotPlugTests`'.
    private static let removeAdapter = OperationScenario(kind: "adapter.remove") { host in
        try await host.success(of: host.createMachine(subject(with: [])))
    } begin: { host in
        try await host.removeAdapter("subject", "0")
    }

    private static func run(_ host: any OperationHost) async throws {
        try await host.success(of: host.createMachine(subject(with: [ownDisk])))
        try await host.success(of: host.startMachine("subject"))
    }

    private static let restartMachine = OperationScenario(kind: "vm.restart") { host in
        try await run(host)
    } begin: { host in
        try await host.restartMachine("subject")
    }

    private static let saveMachine = OperationScenario(kind: "vm.save") { host in
        try await run(host)
    } begin: { host in
        try await host.saveMachine("subject")
    }

    private static let restoreMachine = OperationScenario(kind: "vm.restore") { host in
        try await run(host)
        try await host.success(of: host.saveMachine("subject"))
    } begin: { host in
        try await host.startMachine("subject")
    }

    private static let discardMachine = OperationScenario(kind: "vm.discard") { host in
        try await run(host)
        try await host.success(of: host.saveMachine("subject"))
    } begin: { host in
        try await host.discardMachine("subject")
    }

    private static let stopMachines = OperationScenario(kind: "host.stopMachines") { host in
        try await run(host)
    } begin: { host in
        try await host.stopMachines()
    }

    /// With memory, of a machine with two disks whose QEMU runs.
    private static let createCheckpoint = OperationScenario(kind: "checkpoint.create") { host in
        try await host.success(of: host.createMachine(subject(with: [ownDisk, ownDisk])))
        try await host.success(of: host.startMachine("subject"))
    } begin: { host in
        try await host.createCheckpoint("subject", .init(name: "one", type: .standard))
    }

    /// From a machine that runs, to one of the past with memory, beside which there is another.
    private static let applyCheckpoint = OperationScenario(kind: "checkpoint.apply") { host in
        try await run(host)
        for name in ["one", "two"] {
            try await host.success(of: host.createCheckpoint("subject", .init(name: name, type: .standard)))
        }
    } begin: { host in
        try await host.applyCheckpoint("subject", "one")
    }

    /// Of a machine that runs: QEMU merges.
    private static let deleteCheckpoint = OperationScenario(kind: "checkpoint.delete") { host in
        try await run(host)
        for name in ["one", "two"] {
            try await host.success(of: host.createCheckpoint("subject", .init(name: name, type: .standard)))
        }
    } begin: { host in
        try await host.deleteCheckpoint("subject", "one")
    }

    /// There is nothing to merge: what a cancelled deletion leaves has tests of its own.
    private static let mergeCheckpoints = OperationScenario(kind: "checkpoint.merge") { host in
        try await host.success(of: host.createMachine(subject(with: [ownDisk])))
    } begin: { host in
        try await host.mergeCheckpoints("subject")
    }

    private static let exportCheckpoint = OperationScenario(kind: "checkpoint.export") { host in
        try await host.success(of: host.createMachine(subject(with: [ownDisk])))
        try await host.success(of: host.createCheckpoint("subject", .init(name: "one")))
    } begin: { host in
        try await host.exportCheckpoint("subject", "one", to: host.outside("export"))
    }

    private static let createDisk = OperationScenario(kind: "disk.create") { _ in
    } begin: { host in
        try await host.createDisk(.init(name: "subject", capacity: .mebibytes(8)))
    }

    private static let deleteDisk = OperationScenario(kind: "disk.delete") { host in
        try await host.success(of: host.createDisk(.init(name: "subject", capacity: .mebibytes(8))))
    } begin: { host in
        try await host.deleteDisk("subject")
    }

    /// To a machine that is off: a guest that stands still can't let go of what was plugged in, so that no undo could take it back
    /// (`OperationHarnessTests.keptDisk`). `DiskTests` plugs disks into a guest that runs.
    private static let attachDisk = OperationScenario(kind: "disk.attach") { host in
        try await makeExistingDisk(host)
        try await host.success(of: host.createMachine(subject(with: [ownDisk])))
    } begin: { host in
        try await host.attachDisk("existing", .init(machine: "subject"))
    }

    /// From a machine that is off, out of its folder; a guest that lets go needs a guest, and tests of its own.
    private static let detachDisk = OperationScenario(kind: "disk.detach") { host in
        try await host.success(of: host.createMachine(subject(with: [ownDisk])))
    } begin: { host in
        try await host.detachDisk("subject-1", .init())
    }

    private static let resizeDisk = OperationScenario(kind: "disk.resize") { host in
        try await host.success(of: host.createMachine(subject(with: [ownDisk])))
        try await host.success(of: host.startMachine("subject"))
    } begin: { host in
        try await host.resizeDisk("subject-1", .init(capacity: .mebibytes(12)))
    }

    private static let convertDisk = OperationScenario(kind: "disk.convert") { host in
        try await host.success(of: host.createDisk(.init(name: "subject", capacity: .mebibytes(8))))
    } begin: { host in
        try await host.convertDisk("subject", .init(format: .raw))
    }

    /// Into a folder that is there once the test's host is: its own, where only the test looks.
    private static let exportDisk = OperationScenario(kind: "disk.export") { host in
        try await host.success(of: host.createDisk(.init(name: "subject", capacity: .mebibytes(8))))
    } begin: { host in
        try await host.exportDisk("subject", .init(file: host.outside("subject.vhdx"), format: .vhdx))
    }
}

extension OperationDefinition {
    /// Whether steps that can be undone follow one that can't be, as the start of a restart follows its stop.
    package var goesOnAfterIrreversible: Bool { steps.contains { isDown(at: $0, .afterPerform) } }

    /// Whether a failure here leaves what such an irreversible step did, and neither what was before nor what should be.
    package func isDown(at step: OperationStep, _ phase: OperationFaultPoint.Phase) -> Bool {
        guard !step.isPointOfNoReturn, let index = steps.firstIndex(where: { $0.name == step.name }),
            let irreversible = steps.firstIndex(where: \.isIrreversible),
            steps[irreversible...].contains(where: { !$0.isIrreversible && !$0.isPointOfNoReturn })
        else { return false }
        return index > irreversible || (index == irreversible && phase == .afterPerform)
    }
}
