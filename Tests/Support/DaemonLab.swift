import FoundationEssentials
import Glibc
package import MartletClient
package import MartletHost
import MartletLinux
package import MartletModel
import Synchronization

/// A host as a user has it: the daemon's program on a scratch root, and the command line that talks to it.
package final class DaemonLab: Sendable {
    package let scratch: ScratchFolder
    private let process = Mutex<ProcessIdentity?>(nil)

    package var root: String { scratch.path }
    package var log: String { "\(root)/daemon.log" }

    package init(scratch: ScratchFolder) { self.scratch = scratch }

    // MARK: The daemon

    /// Starts the daemon and waits until it answers.
    ///
    /// - Parameter share: where its recipes are: by default one of the tests, which makes an empty disk; nil for the real ones.
    package func start(_ arguments: [String] = [], share: String? = Programs.testShare) async throws {
        try launch("martletd", arguments, share: share)
        try await waitUntilItAnswers()
    }

    /// Starts the daemon that dies at a point; it may be dead before it ever answers.
    package func startFaulty(dyingAt point: OperationFaultPoint, failingStep: String? = nil) throws {
        let failing = failingStep.map { ["--failing-step", $0] } ?? []
        try launch(
            "martletd-faulty",
            ["--kind", point.kind, "--step", point.step, "--phase", point.phase.rawValue] + failing,
            share: Programs.testShare
        )
    }

    /// Starts the daemon that stays where it is once a guest is frozen, until `frozenMark` is removed.
    package func startLingering() async throws {
        try launch("martletd-faulty", ["--frozen-mark", frozenMark], share: Programs.testShare)
        try await waitUntilItAnswers()
    }

    package var frozenMark: String { "\(root)/frozen" }

    /// Starts the daemon as it is started when the host has booted anew.
    package func startAfterBoot(_ boot: String) async throws {
        try launch("martletd-faulty", ["--boot", boot], share: Programs.testShare)
        try await waitUntilItAnswers()
    }

    package func waitUntilItAnswers() async throws {
        _ = try await eventually("the daemon answers") {
            try requireAlive()
            return (try? await client { try await $0.getHost() }) != nil
        } until: {
            $0
        }
    }

    /// As a power loss would.
    package func kill9() async throws {
        guard let identity = process.withLock({ $0 }) else { return }
        try identity.signal(SIGKILL)
        await waitForDeath()
    }

    /// As systemd would.
    package func terminate() async throws {
        guard let identity = process.withLock({ $0 }) else { return }
        try identity.signal(SIGTERM)
        await waitForDeath()
    }

    package func waitForDeath() async {
        guard let identity = process.withLock({ $0 }) else { return }
        _ = await identity.waitForExit()
        process.withLock { $0 = nil }
    }

    package var isAlive: Bool { process.withLock { $0 }?.isAlive ?? false }

    private func launch(_ program: String, _ arguments: [String], share: String?) throws {
        let identity = try DetachedProcess.spawn(
            executable: "\(Programs.folder)/\(program)",
            arguments: ["--root", root] + arguments,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"].merging(
                share.map { ["MARTLET_SHARE": $0] } ?? [:]
            ) { $1 },
            workingDirectory: "/",
            log: log,
            descriptors: []
        )
        process.withLock { $0 = identity }
    }

    private func requireAlive() throws {
        if isAlive { return }
        let end = String(decoding: (try? BoundedFile.tail(log, count: 2_000)) ?? [], as: UTF8.self)
        throw MartletError(.unavailable, "the daemon has ended: \(end)")
    }

    // MARK: Talking to it

    /// A client of its own for each piece of work.
    package func client<Value>(_ work: (HostClient) async throws -> Value) async throws -> Value {
        try await HostClient.with(.root(root), work)
    }

    /// Runs `martlet` with this host's root, as a user does.
    package func martlet(_ arguments: String..., input: String = "") async throws -> Programs.Outcome {
        try await Programs.run("martlet", ["--root", root] + arguments, input: input)
    }

    /// As `martlet`, and it must succeed.
    ///
    /// - Returns: what it printed.
    @discardableResult
    package func martletSucceeds(_ arguments: String..., input: String = "") async throws -> String {
        let outcome = try await Programs.run("martlet", ["--root", root] + arguments, input: input)
        guard outcome.code == 0 else {
            throw MartletError(.commandFailed, "martlet \(arguments.joined(separator: " ")): \(outcome)")
        }
        return outcome.output
    }

    package func machine(_ name: String) async throws -> VirtualMachine {
        try await client { try await $0.getMachine(name) }
    }

    /// The newest operation of a kind, once it has ended: what began it may have died before it was told the id.
    package func endOfNewest(_ kind: MartletModel.Operation.Kind) async throws -> MartletModel.Operation {
        let newest = try await eventually(within: .seconds(120), "the operation \(kind) ends") {
            try await client { try await $0.listOperations() }.filter { $0.kind == kind }.max {
                $0.started < $1.started
            }
        } until: {
            $0?.state.isEnded ?? false
        }
        guard let newest else { throw MartletError(.notFound, "there is no operation of kind \(kind)") }
        return newest
    }

    package func footprint() async throws -> Footprint {
        let records = try await client { client -> [Footprint.Record] in
            let machines: [VirtualMachine] = try await client.listMachines()
            return Footprint.records(
                machines,
                try await client.listDisks(),
                try await client.listImages(),
                try await client.listSwitches(),
                assigned: try await client.getHost().memoryAssigned
            )
        }
        return try await Footprint.take(root: scratch, records: records)
    }

    /// Ends the daemon and every process below the root, whatever the test did.
    package func endAll() async {
        try? await kill9()
        let root = FileEntry.canonical(root)
        let entries = ProcessTable.entries { arguments in
            arguments.contains { $0.contains(root) } || arguments.contains("-uuid")
                || arguments.contains("--tpmstate")
        }
        for entry in entries
        where entry.workingDirectory == root || entry.arguments.contains(where: { $0.contains(root) }) {
            guard entry.processID != getpid(), let identity = try? ProcessIdentity(processID: entry.processID) else {
                continue
            }
            try? identity.signal(SIGKILL)
        }
        await takeDownNetworks()
    }

    /// A test that failed with machines running leaves its switch up; that would disturb the next one.
    private func takeDownNetworks() async {
        guard HostFacts.isRoot else { return }
        let switches = (try? FileEntry.names(in: "\(root)/switches")) ?? []
        let machines = (try? FileEntry.names(in: "\(root)/run")) ?? []
        for name in switches + machines.filter({ $0.count == 8 }).flatMap({ ["mlt\($0)0", "mlt\($0)1"] }) {
            _ = try? await CommandRunner().run("ip", ["link", "delete", name])
            for family in ["inet", "bridge"] {
                _ = try? await CommandRunner().run("nft", ["delete", "table", family, "martlet_\(name.dropFirst(3))"])
            }
        }
    }
}

extension DaemonLab: OperationHost {
    package func end(of operation: MartletModel.Operation) async throws -> MartletModel.Operation {
        try await eventually(within: .seconds(120), "\(operation.title) ends") {
            try await client { try await $0.getOperation("\(operation.id)", waiting: .seconds(30)) }
        } until: {
            $0.state.isEnded
        }
    }

    package func createDisk(_ request: CreateDiskRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.createDisk(request) }
    }

    package func deleteDisk(_ name: String) async throws -> MartletModel.Operation {
        try await client { try await $0.deleteDisk(name) }
    }

    package func importImage(_ request: ImportImageRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.importImage(request) }
    }

    package func buildImage(_ request: BuildImageRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.buildImage(request) }
    }

    package func deleteImage(_ name: String) async throws -> MartletModel.Operation {
        try await client { try await $0.deleteImage(name) }
    }

    package func createMachine(_ request: CreateVirtualMachineRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.createMachine(request) }
    }

    package func deleteMachine(_ name: String) async throws -> MartletModel.Operation {
        try await client { try await $0.deleteMachine(name, disks: false) }
    }

    package func startMachine(_ name: String) async throws -> MartletModel.Operation {
        try await client { try await $0.startMachine(name, paused: true) }
    }

    package func createSwitch(_ request: CreateVirtualSwitchRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.createSwitch(request) }
    }

    package func deleteSwitch(_ name: String) async throws -> MartletModel.Operation {
        try await client { try await $0.deleteSwitch(name) }
    }

    package func addAdapter(
        _ machine: String, _ request: AdapterRequest
    ) async throws -> MartletModel.Operation {
        try await client { try await $0.addAdapter(machine, request) }
    }

    package func setAdapter(
        _ machine: String, _ adapter: String, _ request: AdapterRequest
    ) async throws -> MartletModel.Operation {
        try await client { try await $0.setAdapter(machine, adapter, request) }
    }

    package func removeAdapter(_ machine: String, _ adapter: String) async throws -> MartletModel.Operation {
        try await client { try await $0.removeAdapter(machine, adapter) }
    }

    package func restartMachine(_ name: String) async throws -> MartletModel.Operation {
        try await client { try await $0.restartMachine(name, turnOff: true) }
    }

    package func saveMachine(_ name: String) async throws -> MartletModel.Operation {
        try await client { try await $0.saveMachine(name) }
    }

    package func discardMachine(_ name: String) async throws -> MartletModel.Operation {
        try await client { try await $0.discardMachine(name) }
    }

    package func stopMachines() async throws -> MartletModel.Operation {
        try await client { try await $0.stopMachines(timeout: .seconds(60)) }
    }

    package func stopMachine(_ name: String) async throws -> MartletModel.Operation {
        try await client { try await $0.stopMachine(name, turnOff: true) }
    }

    package func attachDisk(_ name: String, _ request: AttachDiskRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.attachDisk(name, request) }
    }

    package func detachDisk(_ name: String, _ request: DetachDiskRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.detachDisk(name, request) }
    }

    package func resizeDisk(_ name: String, _ request: ResizeDiskRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.resizeDisk(name, request) }
    }

    package func convertDisk(_ name: String, _ request: ConvertDiskRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.convertDisk(name, request) }
    }

    package func exportDisk(_ name: String, _ request: ExportDiskRequest) async throws -> MartletModel.Operation {
        try await client { try await $0.exportDisk(name, request) }
    }

    package func createCheckpoint(
        _ machine: String, _ request: CreateCheckpointRequest
    ) async throws -> MartletModel.Operation {
        try await client { try await $0.createCheckpoint(machine, request) }
    }

    package func applyCheckpoint(_ machine: String, _ checkpoint: String) async throws -> MartletModel.Operation {
        try await client { try await $0.applyCheckpoint(machine, checkpoint) }
    }

    package func deleteCheckpoint(_ machine: String, _ checkpoint: String) async throws -> MartletModel.Operation {
        try await client { try await $0.deleteCheckpoint(machine, checkpoint, subtree: false, bandwidth: nil) }
    }

    package func mergeCheckpoints(_ machine: String) async throws -> MartletModel.Operation {
        try await client { try await $0.mergeCheckpoints(machine, bandwidth: nil) }
    }

    package func exportCheckpoint(
        _ machine: String, _ checkpoint: String, to folder: String
    ) async throws -> MartletModel.Operation {
        try await client { try await $0.exportCheckpoint(machine, checkpoint, .init(folder: folder)) }
    }

    package func outside(_ name: String) -> String { "\(scratch.path).outside-\(name)" }
}

/// Runs a test's body with a host's daemon, and ends all of it whatever happens.
package func withDaemonLab<Result>(
    starting: Bool = true, _ body: (DaemonLab) async throws -> Result
) async throws -> Result {
    let lab = DaemonLab(scratch: try ScratchFolder())
    do {
        if starting { try await lab.start() }
        let result = try await body(lab)
        await lab.endAll()
        return result
    } catch {
        let log = String(decoding: (try? BoundedFile.tail(lab.log, count: 3_000)) ?? [], as: UTF8.self)
        await lab.endAll()
        throw MartletError(.internal, "\(error)\nthe daemon's log ends with:\n\(log)")
    }
}
