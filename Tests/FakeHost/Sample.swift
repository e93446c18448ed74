import FoundationEssentials
package import MartletModel

/// Values for tests, the same each time.
package enum Sample {
    /// 2031-05-06T07:08:09.123Z.
    package static let now = Moment(milliseconds: 1_935_817_689_123)

    /// An id that ends in this number.
    package static func id<Entity>(_ number: Int) -> ID<Entity> {
        let digits = String(number)
        let text = "5eed0000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
        return ID(UUID(uuidString: text) ?? UUID())
    }

    package static func machine(
        _ number: Int = 1,
        name: String = "hello",
        state: VirtualMachineState = .off,
        cause: Failure? = nil
    ) -> VirtualMachine {
        let runs = state == .running || state == .paused
        return VirtualMachine(
            configuration: VirtualMachineConfiguration(
                id: id(number), name: name, notes: "first line\nsecond line", generation: .direct,
                machineType: "pc-q35-7.2",
                memory: .mebibytes(256), cpus: 2,
                secureBoot: false,
                directBoot: .init(kernel: "/boot/vmlinuz", initrd: "/boot/initrd.img", append: "console=ttyS0"),
                disks: [.init(disk: id(101), slot: 0), .init(disk: id(102), slot: 1)],
                adapters: [.init(slot: 0, switch: id(201), hardwareAddress: "52:54:00:12:34:56")],
                created: Moment(milliseconds: now.milliseconds - 90_000_000), folder: "machines/hello-5eed0000"
            ),
            status: VirtualMachineStatus(
                state: state, since: Moment(milliseconds: now.milliseconds - 200_000),
                started: runs ? Moment(milliseconds: now.milliseconds - 7_500_000) : nil, processID: runs ? 4711 : nil,
                accelerator: runs ? .tcg : nil, cause: cause
            ),
            revision: 7
        )
    }

    package static func disk(_ number: Int = 101, name: String = "data") -> Disk {
        Disk(
            id: id(number), name: name, format: .qcow2, capacity: .gibibytes(20), path: "disks/\(name)-5eed0000.qcow2",
            machine: number % 2 == 0 ? nil : id(1), created: Moment(milliseconds: now.milliseconds - 60_000)
        )
    }

    package static func image(_ number: Int = 601, name: String = "debian-12", kind: Image.Kind = .disk) -> Image {
        let isISO = kind == .iso
        return Image(
            id: id(number), name: name, kind: kind, capacity: isISO ? .mebibytes(600) : .gibibytes(3),
            fileSize: .mebibytes(isISO ? 600 : 543), sha256: isISO ? String(repeating: "ab", count: 32) : nil,
            source: isISO ? "https://images.example/installer.iso" : "debian-12",
            description: isISO ? "" : "Debian 12, built here", bootsWithUEFI: isISO ? nil : true,
            bootsWithSecureBoot: isISO ? nil : true, path: "images/\(name)-5eed0000.\(isISO ? "iso" : "qcow2")",
            created: Moment(milliseconds: now.milliseconds - 60_000)
        )
    }

    package static let processorModels = [
        ProcessorModel(name: "Nehalem-v1", isUsable: true, missing: []),
        ProcessorModel(name: "SapphireRapids-v1", isUsable: false, missing: ["amx-tile", "avx512f"]),
    ]

    package static let userSwitch = VirtualSwitch(id: id(201), name: "user", kind: .user, subnet: nil, isDefault: false)
    package static let natSwitch = VirtualSwitch(
        id: id(202), name: "nat", kind: .nat, subnet: "192.168.77.0/24", isDefault: true
    )

    package static func token(_ name: String = "ci") -> Token {
        Token(id: id(301), name: name, role: .operator, created: Moment(milliseconds: now.milliseconds - 3_600_000))
    }

    package static func operation(
        _ number: Int = 401,
        title: String = "start hello",
        subject: String = "5eed0000-0000-4000-8000-000000000001",
        state: Operation.State = .running,
        progress: Double = 0.5,
        error: Failure? = nil,
        messages: [String] = []
    ) -> Operation {
        var operation = Operation(
            id: id(number), kind: "vm.start", title: title, subject: subject,
            steps: [
                .init(name: "plug networks", state: .done), .init(name: "start QEMU", state: .started),
                .init(name: "run"),
            ],
            requestedBy: "root", started: Moment(milliseconds: now.milliseconds - 5_000)
        )
        operation.state = state
        operation.progress = progress
        operation.error = error
        operation.messages = messages
        if state.isEnded { operation.ended = now }
        return operation
    }

    package static let host = Host(
        id: id(501), name: "metal", version: "0.1.0", apiURL: "https://127.0.0.1:7443",
        certificateFingerprint: String(repeating: "ab", count: 32), root: "/var/lib/martlet", accelerator: .tcg,
        acceleratorReason: "the processor offers no virtualization", qemuVersion: "7.2.11", cpus: 2,
        memory: .gibibytes(24),
        memoryAssigned: .mebibytes(256), machines: 2, machinesRunning: 1,
        started: Moment(milliseconds: now.milliseconds - 86_400_000), warnings: []
    )

    package static let checks = [
        HostCheck(name: "qemu", result: .passed, message: "QEMU 7.2.11"),
        HostCheck(
            name: "kvm", result: .warning, message: "no virtualization",
            remedy: "turn it on in the firmware, or bear the wait"),
    ]

    package static func event(_ sequence: Int64, _ machine: VirtualMachine) -> Event {
        Event(sequence: sequence, kind: .vmChanged, time: now, subject: machine.id.description, machine: machine)
    }
}
