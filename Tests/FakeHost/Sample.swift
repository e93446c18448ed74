import FoundationEssentials
package import MartletModel

/// Values for tests, the same each time.
package enum Sample {
    /// 2031-05-06T07:08:09.123Z.
    package static let now = Moment(milliseconds: 1_935_817_689_123)

    /// An id that ends in this number.
    package static func id<Entity>(_ type: Entity.Type = Entity.self, _ number: Int) -> ID<Entity> { id(number) }

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

    package static let checkpoint: Checkpoint = {
        var checkpoint = Checkpoint(
            id: id(801), machine: id(1), parent: nil, name: "before the update", notes: "",
            created: Moment(milliseconds: now.milliseconds - 60_000), asked: .production, kind: .standard,
            consistency: .runningState, configuration: machine().configuration,
            disks: [.init(disk: id(101), layer: id(901))])
        checkpoint.warnings = ["NOT a production checkpoint: there is no agent"]
        checkpoint.stoppedInMilliseconds = 35
        checkpoint.status = CheckpointStatus(size: .mebibytes(120), isCurrent: false, machine: "hello")
        return checkpoint
    }()

    package static let laterCheckpoint: Checkpoint = {
        var later = checkpoint
        later.id = id(802)
        later.parent = checkpoint.id
        later.name = "hello - (2031-05-06 - 07:08:00)"
        later.kind = .production
        later.consistency = .application
        later.warnings = nil
        later.status?.isCurrent = true
        return later
    }()

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

    package static func guestSession(_ number: Int = 3) -> GuestUserSession {
        GuestUserSession(
            number: number, user: "alice", userID: 1000, home: "/home/alice",
            opened: Moment(milliseconds: now.milliseconds - 65_000), peer: "root (socket) from user 0", programs: 1)
    }

    package static let pool = Pool(
        id: id(701), name: "fast", path: "/srv/fast", isDefault: true,
        created: Moment(milliseconds: now.milliseconds - 3_600_000),
        status: PoolStatus(state: .low, total: .gibibytes(100), free: .gibibytes(4), disks: 3)
    )

    package static let processorModels = [
        ProcessorModel(name: "Nehalem-v1", isUsable: true, missing: []),
        ProcessorModel(name: "SapphireRapids-v1", isUsable: false, missing: ["amx-tile", "avx512f"]),
    ]

    package static let userSwitch = VirtualSwitch(id: id(201), name: "user", kind: .user, subnet: nil, isDefault: false)
    package static let natSwitch = VirtualSwitch(
        id: id(202), name: "nat", kind: .nat, subnet: "192.168.77.0/24", isDefault: true,
        forwards: [.init(transport: .tcp, hostAddress: nil, hostPort: 2222, machine: id(1), port: 22)]
    )
    package static let switchStatus = VirtualSwitchStatus(
        isUp: true,
        adapters: [
            .init(
                machine: id(1), machineName: "hello", slot: 0, hardwareAddress: "52:54:00:12:34:56",
                address: "192.168.77.20")
        ],
        leases: [
            .init(
                address: "192.168.77.20", hardwareAddress: "52:54:00:12:34:56", hostName: "hello",
                ends: Moment(milliseconds: now.milliseconds + 3_600_000))
        ])

    package static func token(_ name: String = "ci") -> Token {
        Token(
            id: id(301), name: name, role: .operator, created: Moment(milliseconds: now.milliseconds - 3_600_000),
            ends: Moment(milliseconds: now.milliseconds + 2_592_000_000),
            scope: TokenScope(machines: [id(1)], labels: ["env": "test"]),
            lastUsed: Moment(milliseconds: now.milliseconds - 90_000)
        )
    }

    /// The last quarter of an hour of an hour, with a gap.
    package static let usage: UsageHistory = {
        let now = Sample.now.milliseconds / 1_000
        let rows = (1...90).filter { $0 != 20 }.map { place in
            var sample = UsageSample()
            sample.processorPercent = Double(place % 30) * 5
            sample.memoryAssigned = Double(256 << 20)
            sample.diskReadBytes = Double(place) * 10_000
            sample.sentBytes = 0
            return SampleRollup.Row(span: .hour, tick: SampleSpan.hour.tick(at: now) - Int64(place), sample: sample)
        }
        return UsageHistory(.hour, rows: rows, now: now)
    }()

    package static let ticket = CreatedTicket(
        secret: "mlk_s3cret", purpose: .screen, machine: id(1), ends: now)

    package static let signedIn = SignedIn(
        token: "mls_s3ssion", user: "alice", role: .operator,
        ends: Moment(milliseconds: now.milliseconds + 43_200_000), idleLimitInSeconds: 3600
    )

    package static let identity = Identity(
        Principal(
            name: "ci (token)", role: .operator, method: .token,
            ends: Moment(milliseconds: now.milliseconds + 86_400_000),
            scope: TokenScope(machines: [id(1)], labels: ["env": "test"])
        ),
        from: "192.0.2.7"
    )

    package static let auditEntries: [AuditEntry] = {
        var started = AuditEntry(
            action: "startMachine", user: "alice", role: .operator, method: .password, from: "192.0.2.7",
            subject: "hello", subjectID: "\(id(VirtualMachine.self, 1))", operation: "\(id(Operation.self, 401))",
            requestID: "b97a81144a6811bd", status: 202, outcome: "begun"
        )
        started.sequence = 12
        started.time = now
        var refused = AuditEntry(
            action: "signIn", user: "mallory", method: .password, from: "198.51.100.9", requestID: "0011223344556677",
            status: 401, outcome: "unauthenticated", note: "the user or the password is wrong", omitted: 7
        )
        refused.sequence = 11
        refused.time = Moment(milliseconds: now.milliseconds - 1_000)
        return [started, refused]
    }()

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
