import FoundationEssentials
import MartletModel
import Testing

@testable import MartletQEMU

@Suite("QEMU's arguments")
struct QEMUArgumentsTests {
    @Test("the arguments are the golden ones; MARTLET_REWRITE_GOLDEN=1 rewrites those", arguments: Sample.allCases)
    func golden(_ sample: Sample) throws {
        let text = try QEMUArguments.make(sample.specification).joined(separator: "\n") + "\n"
        let path = "\(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))/Golden/\(sample).txt"
        if ProcessInfo.processInfo.environment["MARTLET_REWRITE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: URL(filePath: path))
        }
        let golden = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(text == golden)
    }

    enum Sample: String, CaseIterable, CustomStringConvertible {
        case uefiSecureTcg, uefiInsecureKvm, direct, strangeName, bios, tpmNamedModel, linkedCopy, vsock

        var description: String { rawValue }

        var specification: MachineSpecification {
            switch self {
            case .uefiSecureTcg:
                var machine = Samples.uefi()
                machine.disks = [Samples.disk(1), Samples.disk(2)]
                machine.adapters = [
                    .init(slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .tap("mt0a1b2c3d")),
                    .init(slot: 1, hardwareAddress: "52:54:00:00:00:02", backend: .user),
                    .init(slot: 2, hardwareAddress: "52:54:00:00:00:03", backend: .tap("mt4e5f6071")),
                ]
                return machine
            case .uefiInsecureKvm:
                var machine = Samples.uefi(secureBoot: false)
                machine.accelerator = .kvm
                machine.cpus = 8
                machine.memory = .gibibytes(64)
                return machine
            case .direct:
                var machine = Samples.direct()
                machine.kernel = "machines/web-1/kernel"
                machine.initrd = "machines/web-1/initrd"
                machine.append = #"console=ttyS0 a=1,b=2 quiet "x""#
                machine.adapters = [.init(slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .user)]
                machine.generationID = "11111111-2222-3333-4444-555555555555"
                return machine
            case .bios:
                var machine = Samples.bios()
                machine.disks = [Samples.disk(1)]
                machine.isoDrives = [.init(slot: 0, path: "images/debian.iso"), .init(slot: 3, path: nil)]
                machine.adapters = [.init(slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .user)]
                machine.bootOrder = [.network, .iso, .disk]
                machine.watchdogAction = .turnOff
                machine.screenSocket = "run/6ba7b810/screen/vnc.sock"
                machine.processor = .init(compatibility: true)
                return machine
            case .tpmNamedModel:
                var machine = Samples.uefi()
                machine.hasTPM = true
                machine.accelerator = .kvm
                machine.cpus = 8
                machine.processor = .init(
                    topology: .init(sockets: 2, cores: 2, threads: 2), model: "EPYC-v1", nested: true)
                machine.adapters = [.init(slot: 5, hardwareAddress: "52:54:00:00:00:01", backend: .tap("mt0a1b2c3d"))]
                machine.bootOrder = [.disk]
                machine.watchdogAction = .nothing
                return machine
            case .linkedCopy:
                var machine = Samples.uefi()
                machine.disks = [Samples.disk(0), Samples.disk(1)]
                machine.disks[0].backing = "images/debian-12-1.qcow2"
                machine.seed = "machines/web-1/seed.iso"
                return machine
            case .vsock:
                var machine = Samples.uefi()
                machine.hasTPM = true
                machine.adapters = [.init(slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .tap("mt0a1b2c3d"))]
                machine.vsockContext = 1_234_567
                return machine
            case .strangeName:
                var machine = Samples.direct()
                machine.name = #"a,b=c "x" \ ☃,"#
                return machine
            }
        }
    }

    @Test(
        "what goes into JSON is escaped",
        arguments: [("a\"b", #""a\"b""#), ("\\", #""\\""#), ("\n\u{1}☃", "\"\\u000a\\u0001☃\"")])
    func escapes(_ text: String, _ json: String) throws {
        #expect(JSONText.string(text).text == json)
        #expect(try JSONDecoder().decode(String.self, from: Data(json.utf8)) == text)
    }

    @Test("block nodes have names that qemu takes, and no two disks share one")
    func nodeNames() {
        let disks = (0..<64).map { Samples.disk($0) }
        let names = disks.flatMap { [$0.nodeName, $0.fileNodeName] }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.utf8.count <= 31 && $0.first?.isLetter == true })
        #expect(disks.allSatisfy { $0.serial.utf8.count <= 20 })
    }

    @Test("another disk leaves every device where it was")
    func stableAddresses() throws {
        var machine = Samples.direct()
        machine.disks = (0..<8).map { Samples.disk($0) }
        machine.adapters = [.init(slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .user)]
        let before = try QEMUArguments.make(machine)
        machine.disks.append(Samples.disk(8))
        machine.adapters.append(.init(slot: 1, hardwareAddress: "52:54:00:00:00:02", backend: .user))
        let after = try Set(QEMUArguments.make(machine))
        #expect(before.allSatisfy(after.contains))
    }

    @Test("vsock leaves every other device where it is")
    func vsockMovesNothing() throws {
        var machine = Samples.uefi()
        machine.disks = [Samples.disk(0)]
        machine.hasTPM = true
        machine.adapters = [.init(slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .tap("mt0a1b2c3d"))]
        let before = try QEMUArguments.make(machine)
        machine.vsockContext = 70_000
        let after = try QEMUArguments.make(machine)
        let added = after.filter { !before.contains($0) }
        #expect(added.count == 1 && added.first?.contains("vhost-vsock-pci") == true)
        #expect(before.allSatisfy(after.contains))
    }

    @Test("a specification that makes no machine is refused before qemu is", arguments: Mistake.allCases)
    func refuses(_ mistake: Mistake) {
        let (machine, code) = mistake.case
        let error = #expect(throws: MartletError.self) { _ = try QEMUArguments.make(machine) }
        #expect(error?.code == code)
    }

    enum Mistake: CaseIterable {
        case biosWithKernel, biosWithFirmware, isoDriveTwice
        case noFirmware, uefiWithKernel, directWithFirmware, directWithSecureBoot, appendWithoutKernel
        case noProcessor, manyProcessors, noMemory, oddMemory, manyDisks, diskTwice, manyAdapters, badAddress,
            shortAddress
        case zeroByte, hostContext, anyContext, sameDescriptors, standardDescriptor

        var `case`: (MachineSpecification, MartletError.Code) {
            var direct = Samples.direct()
            var uefi = Samples.uefi()
            let adapter = MachineSpecification.AdapterDevice(
                slot: 0, hardwareAddress: "52:54:00:00:00:01", backend: .user)
            switch self {
            case .biosWithKernel: (direct.generation, direct.kernel) = (.bios, "k")
            case .biosWithFirmware: (uefi.generation, uefi.secureBoot) = (.bios, false)
            case .isoDriveTwice: direct.isoDrives = [.init(slot: 1, path: nil), .init(slot: 1, path: "a.iso")]
            case .noFirmware: uefi.firmwareVariables = nil
            case .uefiWithKernel: uefi.kernel = "k"
            case .directWithFirmware: direct.firmwareCode = "/c"
            case .hostContext: direct.vsockContext = 2
            case .anyContext: direct.vsockContext = .max
            case .directWithSecureBoot: direct.secureBoot = true
            case .appendWithoutKernel: direct.append = "quiet"
            case .noProcessor: direct.cpus = 0
            case .manyProcessors: direct.cpus = 256
            case .noMemory: direct.memory = ByteCount(bytes: 0)
            case .oddMemory: direct.memory = ByteCount(bytes: (1 << 20) + 1)
            case .manyDisks: direct.disks = (0..<65).map { Samples.disk($0) }
            case .diskTwice: direct.disks = [Samples.disk(1), Samples.disk(1)]
            case .manyAdapters: direct.adapters = Array(repeating: adapter, count: 9)
            case .badAddress: direct.adapters = [.init(slot: 0, hardwareAddress: "52:54:00:00:00:zz", backend: .user)]
            case .shortAddress: direct.adapters = [.init(slot: 0, hardwareAddress: "52:54:00", backend: .user)]
            case .zeroByte: direct.name = "a\u{0}b"
            case .sameDescriptors: direct.consoleDescriptor = direct.qmpDescriptor
            case .standardDescriptor: direct.qmpDescriptor = 2
            }
            let changed = direct == Samples.direct() ? uefi : direct
            return (changed, .invalidArgument)
        }
    }

    @Test("a user is taken on before qemu, and capabilities are given away")
    func privileges() {
        let own = QEMULaunch.command("/usr/bin/qemu", ["-S"], user: nil)
        #expect(own.executable == "/usr/bin/qemu")
        #expect(own.arguments == ["-S"])
        let other = QEMULaunch.command("/usr/bin/qemu", ["-S"], user: "martlet-qemu")
        #expect(other.executable == "/usr/bin/setpriv")
        #expect(other.arguments.suffix(3) == ["--", "/usr/bin/qemu", "-S"])
        #expect(other.arguments.contains("--bounding-set=-all"))
    }
}
