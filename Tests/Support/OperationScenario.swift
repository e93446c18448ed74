import Glibc
import MartletHost
import MartletLinux
package import MartletModel

/// How to bring a host to the point where an operation of one kind can begin, and how to begin it.
///
/// There is one for every kind in the catalogue: the suites that use them fail for a kind that has none.
package struct OperationScenario: Sendable {
    package let kind: Operation.Kind
    package let prepare: @Sendable (HostLab) async throws -> Void
    package let begin: @Sendable (HostLab) async throws -> Operation

    package static let all: [OperationScenario] = [createMachine, deleteMachine, startMachine, stopMachine, createDisk, deleteDisk]

    package static func of(_ kind: Operation.Kind) throws -> OperationScenario {
        guard let scenario = all.first(where: { $0.kind == kind }) else {
            throw MartletError(.notFound, "the operation \(kind) has no scenario; add one here, so that it is tested")
        }
        return scenario
    }

    /// The network that a switch can be tested with here.
    private static var switches: [String] { HostFacts.isRoot ? ["nat", "user"] : ["user"] }

    private static let createMachine = OperationScenario(kind: "vm.create") { lab in
        try await lab.success(
            of: lab.disks.create(.init(name: "existing", capacity: .mebibytes(8)), by: HostLab.principal)
        )
    } begin: { lab in
        let kernel = "\(lab.scratch.path)/a kernel"
        try AtomicFile.write(Array("not much of a kernel".utf8), to: kernel, mode: 0o600)
        let request = CreateVirtualMachineRequest(
            name: "subject", generation: .direct, memory: .mebibytes(64),
            directBoot: .init(kernel: kernel, initrd: kernel, append: "quiet"),
            disks: [.new(capacity: .mebibytes(8)), .existing("existing")], switches: switches
        )
        return try await lab.machines.create(request, by: HostLab.principal)
    }

    private static let deleteMachine = OperationScenario(kind: "vm.delete") { lab in
        try await lab.success(
            of: lab.disks.create(.init(name: "existing", capacity: .mebibytes(8)), by: HostLab.principal)
        )
        try await lab.make("subject", disks: [.new(capacity: .mebibytes(8)), .existing("existing")])
    } begin: { lab in
        let id = try lab.machines.find("subject").id
        return try await lab.machines.delete(id, withDisks: false, revision: nil, by: HostLab.principal)
    }

    private static let startMachine = OperationScenario(kind: "vm.start") { lab in
        try await lab.make("subject", disks: [.new(capacity: .mebibytes(8))], switches: switches)
    } begin: { lab in
        let id = try lab.machines.find("subject").id
        return try await lab.machines.start(id, paused: true, revision: nil, by: HostLab.principal)
    }

    private static let stopMachine = OperationScenario(kind: "vm.stop") { lab in
        try await lab.start(lab.make("subject", disks: [.new(capacity: .mebibytes(8))], switches: switches))
    } begin: { lab in
        let id = try lab.machines.find("subject").id
        return try await lab.machines.stop(id, turnOff: true, timeout: .seconds(60), revision: nil, by: HostLab.principal)
    }

    private static let createDisk = OperationScenario(kind: "disk.create") { _ in
    } begin: { lab in
        try await lab.disks.create(.init(name: "subject", capacity: .mebibytes(8)), by: HostLab.principal)
    }

    private static let deleteDisk = OperationScenario(kind: "disk.delete") { lab in
        try await lab.success(
            of: lab.disks.create(.init(name: "subject", capacity: .mebibytes(8)), by: HostLab.principal)
        )
    } begin: { lab in
        try await lab.disks.delete(lab.disks.find("subject").id, by: HostLab.principal)
    }
}
