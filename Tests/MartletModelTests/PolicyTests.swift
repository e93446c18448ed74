import MartletModel
import Testing

@Suite("Policies")
struct PolicyTests {
    @Test("KVM is taken only when the processor virtualizes and the device opens; a word from the administrator wins")
    func accelerator() {
        func choose(_ explicit: Accelerator?, _ flags: Bool, _ opens: Bool) -> Accelerator {
            AcceleratorPolicy.choose(explicit: explicit, processorVirtualizes: flags, kvmOpens: opens).accelerator
        }
        #expect(choose(nil, true, true) == .kvm)
        #expect(choose(nil, true, false) == .tcg)
        #expect(choose(nil, false, true) == .tcg)
        #expect(choose(.kvm, false, false) == .kvm)
        #expect(choose(.tcg, true, true) == .tcg)
    }

    @Test("memory is promised up to the host's reserve and not a byte more")
    func memory() throws {
        let total = ByteCount.gibibytes(10)
        let reserve = MemoryAdmission.reserve(of: total)
        #expect(reserve == .mebibytes(512))
        try MemoryAdmission.admit(total - reserve, assigned: ByteCount(bytes: 0), total: total)
        #expect(throws: MartletError.self) {
            try MemoryAdmission.admit(total - reserve, assigned: ByteCount(bytes: 1), total: total)
        }
    }

    @Test("the root folder follows the environment, then root, then the home folder")
    func rootFolder() {
        #expect(RootFolder.default(environment: ["MARTLET_ROOT": "/x"], isRoot: true, home: "/root") == "/x")
        #expect(RootFolder.default(environment: [:], isRoot: true, home: "/root") == "/var/lib/martlet")
        #expect(RootFolder.default(environment: [:], isRoot: false, home: "/home/a") == "/home/a/.local/share/martlet")
        #expect(RootFolder.default(environment: ["XDG_DATA_HOME": "/d"], isRoot: false, home: "/h") == "/d/martlet")
    }

    @Test("a machine's request is held to the rules, and the error names the value")
    func rules() {
        func code(_ change: (inout CreateVirtualMachineRequest) -> Void) -> MartletError.Code? {
            var request = CreateVirtualMachineRequest(name: "a")
            change(&request)
            do throws(MartletError) {
                try VirtualMachineRules.check(request)
                return nil
            } catch { return error.code }
        }
        #expect(code { _ in } == nil)
        #expect(code { $0.settings.memory = ByteCount(bytes: (256 << 20) + 1) } == .invalidArgument)
        #expect(code { $0.settings.memory = .mebibytes(15) } == .invalidArgument)
        #expect(code { $0.settings.cpus = 0 } == .invalidArgument)
        #expect(code { $0.generation = .bios } == nil)
        #expect(code { $0.generation = .direct } == .invalidArgument)
        #expect(code { $0.directBoot = .init(kernel: "/k", initrd: nil, append: "") } == .invalidArgument)
        #expect(code { $0.disks = [.new(capacity: ByteCount(bytes: 513))] } == .invalidArgument)
        #expect(
            code { request in
                request.generation = .direct
                request.directBoot = .init(kernel: "relative", initrd: nil, append: "")
            } == .invalidArgument)
        #expect(
            code { request in
                request.generation = .direct
                request.directBoot = .init(kernel: "/k", initrd: nil, append: "console=ttyS0")
            } == nil)
    }
}
