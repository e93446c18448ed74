import MartletAPI
import MartletModel
import Testing

/// A value of a wire type, with everything that it can have, and the name of its schema.
struct WireSample: Sendable, CustomTestStringConvertible {
    var name: String
    var value: any Encodable & Sendable

    var testDescription: String { name }
}

extension WireSample {
    private static let moment = Moment(milliseconds: 1_790_000_000_123)
    private static func id<Entity>(_ type: Entity.Type = Entity.self) -> ID<Entity> {
        guard let id = ID<Entity>("00000000-0000-4000-8000-000000000001") else { preconditionFailure("a literal UUID") }
        return id
    }
    private static let failure = Failure(code: "qemuFailed", message: "it ended", details: [.init("log", "x")])

    private static let machine = VirtualMachine(
        configuration: VirtualMachineConfiguration(
            id: id(), name: "a", notes: "n", generation: .direct, machineType: "pc-q35-7.2", memory: .mebibytes(64),
            cpus: 2,
            secureBoot: false, directBoot: .init(kernel: "/k", initrd: "/i", append: "x"),
            disks: [.init(disk: id(), slot: 0)],
            adapters: [.init(slot: 0, switch: id(), hardwareAddress: "52:54:00:00:00:01")], created: moment,
            folder: "machines/a-00000000"
        ),
        status: VirtualMachineStatus(
            state: .failed, since: moment, started: moment, processID: 7, accelerator: .tcg, cause: failure,
            savedState: .mebibytes(9), warnings: ["w"], guest: guest
        ),
        revision: 3
    )
    private static let guest: GuestStatus = {
        var guest = GuestStatus(
            heartbeat: .degraded, since: moment, version: "v", services: [.freeze], system: "s", kernel: "k")
        guest.channel = .vsock
        guest.failedUnits = ["u"]
        guest.hostName = "h"
        guest.interfaces = [.init(name: "eth0", hardwareAddress: "52:54:00:00:00:01", addresses: ["192.0.2.1/24"])]
        guest.fileSystems = [
            .init(mountPoint: "/", device: "/dev/vda", type: "ext4", size: .gibibytes(1), free: .mebibytes(1))
        ]
        guest.values = ["a": "b"]
        return guest
    }()
    private static let guestSession = GuestUserSession(
        number: 1, user: "u", userID: 1000, home: "/home/u", opened: moment, peer: "p", programs: 2)
    private static let processorModel = ProcessorModel(name: "EPYC", isUsable: false, missing: ["sha-ni"])
    private static let disk = Disk(
        id: id(), name: "d", format: .qcow2, capacity: .gibibytes(1), path: "disks/d.qcow2", machine: id(),
        backing: id(),
        created: moment
    )
    private static let image = Image(
        id: id(), name: "i", kind: .disk, capacity: .gibibytes(1), fileSize: .mebibytes(1), sha256: "00", source: "s",
        description: "d", bootsWithUEFI: true, bootsWithSecureBoot: false, path: "images/i.qcow2", created: moment
    )
    private static let fullDisk: Disk = {
        var full = disk
        full.pool = id()
        full.overlay = id()
        full.layers = [
            DiskLayer(
                id: id(), file: DiskFile(overlay: id(), path: "disks/d.qcow2", format: .raw), parent: id(),
                isMerging: true)
        ]
        full.parent = id()
        full.isSwitching = true
        full.status = DiskStatus(
            isPresent: true, allocated: .mebibytes(1), pool: "p", machine: "a", slot: 0, isInUse: true)
        return full
    }()
    private static let checkpoint: Checkpoint = {
        var checkpoint = Checkpoint(
            id: id(), machine: id(), parent: id(), name: "c", notes: "n", created: moment, asked: .productionOnly,
            kind: .production, consistency: .fileSystem, configuration: machine.configuration,
            disks: [.init(disk: id(), layer: id())])
        checkpoint.warnings = ["w"]
        checkpoint.stoppedInMilliseconds = 35
        checkpoint.frozenInMilliseconds = 70
        checkpoint.status = CheckpointStatus(size: .mebibytes(1), isCurrent: true, machine: "a")
        return checkpoint
    }()
    private static let pool = Pool(
        id: id(), name: "p", path: "/srv/p", isDefault: true, created: moment,
        status: PoolStatus(state: .low, total: .gibibytes(2), free: .mebibytes(1), disks: 1)
    )
    private static let operation: Operation = {
        var operation = Operation(
            id: id(), kind: "vm.start", title: "start a", subject: "x", steps: [.init(name: "s", state: .undone)],
            requestedBy: "root", started: moment
        )
        operation.state = .failed
        operation.progress = 1
        operation.ended = moment
        operation.error = failure
        operation.messages = ["m"]
        return operation
    }()
    private static let scope = TokenScope(machines: [id()], labels: ["env": "test"])
    private static let token = Token(
        id: id(), name: "t", role: .operator, created: moment, ends: moment, scope: scope, lastUsed: moment)
    private static let entry: AuditEntry = {
        var entry = AuditEntry(
            action: "startMachine", user: "u", role: .operator, method: .password, from: "192.0.2.1", subject: "a",
            subjectID: "x", operation: "o", requestID: "r", status: 202, outcome: "begun", note: "n", omitted: 2)
        entry.sequence = 7
        entry.time = moment
        return entry
    }()

    private static let fromImage: CreateVirtualMachineRequest = {
        var request = CreateVirtualMachineRequest(name: "a")
        request.image = .init(image: "i", fullCopy: true, capacity: .gibibytes(4))
        request.cloudInit = CloudInit(
            userData: "#cloud-config", sshKeys: ["ssh-ed25519 AAAA= me@here, ☃"], installServices: true)
        return request
    }()

    static let answers: [WireSample] = [
        WireSample(name: "VirtualMachine", value: machine),
        WireSample(name: "PageOfVirtualMachine", value: Page(items: [machine], next: "a")),
        WireSample(name: "PageOfProcessorModel", value: Page(items: [processorModel])),
        WireSample(name: "Image", value: image), WireSample(name: "PageOfImage", value: Page(items: [image])),
        WireSample(name: "Checkpoint", value: checkpoint),
        WireSample(name: "PageOfCheckpoint", value: Page(items: [checkpoint])),
        WireSample(name: "Disk", value: fullDisk), WireSample(name: "Pool", value: pool),
        WireSample(name: "PageOfPool", value: Page(items: [pool])),
        WireSample(name: "PageOfDisk", value: Page(items: [disk])),
        WireSample(name: "Operation", value: operation),
        WireSample(name: "PageOfOperation", value: Page(items: [operation])),
        WireSample(name: "Token", value: token), WireSample(name: "PageOfToken", value: Page(items: [token])),
        WireSample(
            name: "SignedIn",
            value: SignedIn(token: "s", user: "u", role: .viewer, ends: moment, idleLimitInSeconds: 60)),
        WireSample(
            name: "Identity",
            value: Identity(Principal(name: "u", role: .viewer, method: .token, ends: moment, scope: scope), from: "f")),
        WireSample(name: "AuditEntry", value: entry),
        WireSample(name: "UsageHistory", value: UsageHistory(.week, rows: [], now: 1_790_000_000)),
        WireSample(
            name: "CreatedTicket",
            value: CreatedTicket(secret: "mlk_x", purpose: .screen, machine: id(), ends: moment)),
        WireSample(name: "GuestKeyChallenge", value: GuestKeyChallenge(challenge: "YQ==", namespace: "n")),
        WireSample(name: "OpenedGuestSession", value: OpenedGuestSession(id: "i", session: guestSession)),
        WireSample(name: "GuestUserSession", value: guestSession),
        WireSample(name: "PageOfGuestUserSession", value: Page(items: [guestSession])),
        WireSample(name: "PageOfAuditEntry", value: Page(items: [entry], next: "7")),
        WireSample(name: "CreatedToken", value: CreatedToken(token: token, secret: "s")),
        WireSample(
            name: "VirtualSwitch",
            value: VirtualSwitch(id: id(), name: "nat", kind: .nat, subnet: "10.0.0.0/24", isDefault: true)
        ),
        WireSample(
            name: "VirtualSwitch",
            value: VirtualSwitch(
                id: id(), name: "nat", kind: .external, subnet: "10.0.0.0/24", isDefault: true, adapter: "eth1",
                servesAddresses: false,
                forwards: [
                    .init(transport: .udp, hostAddress: "192.0.2.1", hostPort: 53, machine: id(), port: 5353)
                ])
        ),
        WireSample(
            name: "VirtualSwitchStatus",
            value: VirtualSwitchStatus(
                isUp: true,
                adapters: [
                    .init(
                        machine: id(), machineName: "a", slot: 0, hardwareAddress: "52:54:00:00:00:01",
                        address: "10.0.0.20")
                ],
                leases: [
                    .init(address: "10.0.0.20", hardwareAddress: "52:54:00:00:00:01", hostName: "a", ends: moment)
                ])
        ),
        WireSample(
            name: "PageOfHostCheck",
            value: Page(items: [HostCheck(name: "QEMU", result: .failed, message: "m", remedy: "r")])
        ),
        WireSample(
            name: "Host",
            value: Host(
                id: id(), name: "h", version: "0.1.0", apiURL: "https://127.0.0.1:7443", certificateFingerprint: "00",
                root: "/r",
                accelerator: .kvm, acceleratorReason: "r", qemuVersion: "7.2", cpus: 2, memory: .gibibytes(1),
                memoryAssigned: .mebibytes(1), machines: 1, machinesRunning: 0, started: moment, warnings: ["w"]
            )
        ),
        WireSample(
            name: "Event",
            value: Event(
                sequence: 1, kind: .vmChanged, time: moment, subject: "x", machine: machine, disk: disk,
                image: image, checkpoint: checkpoint,
                switch: VirtualSwitch(id: id(), name: "nat", kind: .nat, subnet: nil, isDefault: true),
                operation: operation
            )
        ),
        WireSample(
            name: "Problem", value: Problem(MartletError(.wrongState, "m", details: [.init("a", "b")]), requestID: "r")),
    ]

    static let requests: [WireSample] = [
        WireSample(
            name: "CreateVirtualMachineRequest",
            value: CreateVirtualMachineRequest(
                name: "a", notes: "n", generation: .uefi, memory: .mebibytes(64), cpus: 1, secureBoot: true,
                disks: [.new(capacity: .gibibytes(1)), .existing("d")], switches: ["nat"]
            )
        ),
        WireSample(name: "CreateVirtualMachineRequest", value: fromImage),
        WireSample(
            name: "CreateVirtualMachineRequest",
            value: CreateVirtualMachineRequest(
                name: "a", generation: .direct, directBoot: .init(kernel: "/k", initrd: "/i", append: "")
            )
        ),
        WireSample(
            name: "UpdateVirtualMachineRequest",
            value: UpdateVirtualMachineRequest(notes: "n", memory: .mebibytes(64), cpus: 2)
        ),
        WireSample(
            name: "StartVirtualMachineRequest", value: StartVirtualMachineRequest(paused: true, discardState: true)),
        WireSample(
            name: "StopVirtualMachineRequest", value: StopVirtualMachineRequest(turnOff: true, timeoutInSeconds: 1)),
        WireSample(name: "StopMachinesRequest", value: StopMachinesRequest(timeoutInSeconds: 1)),
        WireSample(name: "ChangeISORequest", value: ChangeISORequest(image: "i", slot: 0, force: true)),
        WireSample(name: "AddISODriveRequest", value: AddISODriveRequest(image: "i")),
        WireSample(name: "RemoveISODriveRequest", value: RemoveISODriveRequest(slot: 3)),
        WireSample(name: "CreateDiskRequest", value: CreateDiskRequest(name: "d", capacity: .mebibytes(1))),
        WireSample(
            name: "ImportImageRequest",
            value: ImportImageRequest(
                name: "i", source: "https://images.example/i?x=1", sha256: String(repeating: "0", count: 64),
                format: .raw, description: "d")
        ),
        WireSample(
            name: "BuildImageRequest",
            value: BuildImageRequest(
                recipe: "debian-12", name: "i", capacity: .gibibytes(4), mirror: "http://mirror.example/debian")
        ),
        WireSample(
            name: "CreateVirtualSwitchRequest",
            value: CreateVirtualSwitchRequest(
                name: "s", kind: .internal, subnet: "10.0.0.0/24", adapter: "eth1", servesAddresses: false,
                isDefault: true, force: true)
        ),
        WireSample(
            name: "UpdateVirtualSwitchRequest", value: UpdateVirtualSwitchRequest(name: "s", isDefault: true)),
        WireSample(
            name: "AdapterRequest",
            value: AdapterRequest(
                switch: "nat", hardwareAddress: "52:54:00:00:00:01", address: "10.0.0.20", vlan: 7,
                bandwidthLimit: 1_000_000, allowsAddressSpoofing: true, dhcpGuard: false, routerGuard: false)
        ),
        WireSample(
            name: "CreateCheckpointRequest",
            value: CreateCheckpointRequest(name: "c", notes: "n", type: .productionOnly, freezeLimitInSeconds: 20)),
        WireSample(name: "UpdateCheckpointRequest", value: UpdateCheckpointRequest(name: "c", notes: "n")),
        WireSample(name: "ExportCheckpointRequest", value: ExportCheckpointRequest(folder: "/srv/c")),
        WireSample(
            name: "PortForwardRequest",
            value: PortForwardRequest(
                transport: .udp, hostAddress: "192.0.2.1", hostPort: 53, machine: "a", port: 5353)
        ),
        WireSample(
            name: "CreateDiskRequest",
            value: CreateDiskRequest(name: "d", format: .raw, pool: "p", file: "/i", fileFormat: .vhdx)),
        WireSample(name: "AttachDiskRequest", value: AttachDiskRequest(machine: "a", slot: 3)),
        WireSample(name: "DetachDiskRequest", value: DetachDiskRequest(timeoutInSeconds: 5)),
        WireSample(name: "ResizeDiskRequest", value: ResizeDiskRequest(capacity: .mebibytes(2), shrink: true)),
        WireSample(name: "ConvertDiskRequest", value: ConvertDiskRequest(format: .vhd, name: "n", pool: "p")),
        WireSample(name: "ExportDiskRequest", value: ExportDiskRequest(file: "/f", format: .vmdk)),
        WireSample(name: "CreatePoolRequest", value: CreatePoolRequest(name: "p", path: "/p", isDefault: true)),
        WireSample(name: "UpdatePoolRequest", value: UpdatePoolRequest(name: "q", isDefault: false)),
        WireSample(name: "CreateTokenRequest", value: CreateTokenRequest(name: "t", role: .viewer)),
        WireSample(
            name: "CreateTokenRequest",
            value: CreateTokenRequest(
                name: "t", role: .viewer, expiresInSeconds: 60, machines: ["a"], labels: ["env": "test"])
        ),
        WireSample(
            name: "CreateTokenRequest", value: CreateTokenRequest(name: "t", role: .administrator, neverExpires: true)),
        WireSample(name: "CreateTicketRequest", value: CreateTicketRequest(purpose: .console)),
        WireSample(name: "GuestKeyChallengeRequest", value: GuestKeyChallengeRequest(user: "u")),
        WireSample(name: "OpenGuestSessionRequest", value: OpenGuestSessionRequest(user: "u", password: "p")),
        WireSample(
            name: "OpenGuestSessionRequest",
            value: OpenGuestSessionRequest(user: "u", challenge: "YQ==", signature: "s")),
        WireSample(name: "SignInRequest", value: SignInRequest(user: "u", password: "p")),
    ]
}
