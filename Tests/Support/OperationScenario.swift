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
        deleteImage,
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
    } begin: { host in
        var request = subject(with: [ownDisk, .existing("existing")])
        request.generation = .direct
        // Any file will do: this machine is never started.
        request.directBoot = .init(kernel: "/etc/os-release", initrd: "/etc/os-release", append: "quiet")
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

    private static let createDisk = OperationScenario(kind: "disk.create") { _ in
    } begin: { host in
        try await host.createDisk(.init(name: "subject", capacity: .mebibytes(8)))
    }

    private static let deleteDisk = OperationScenario(kind: "disk.delete") { host in
        try await host.success(of: host.createDisk(.init(name: "subject", capacity: .mebibytes(8))))
    } begin: { host in
        try await host.deleteDisk("subject")
    }
}
