import Glibc
import MartletModel
import Testing

@testable import MartletLinux

@Suite("What the host is")
struct HostFactsTests {
    @Test("the facts are those that the system's own programs tell")
    func facts() async throws {
        let facts = try HostFacts.read()
        let runner = CommandRunner()
        #expect(try await runner.runText("uname", ["-n"]) == facts.hostName + "\n")
        #expect(try await runner.runText("uname", ["-r"]) == facts.kernelVersion + "\n")
        #expect(try await runner.runText("nproc", ["--all"]) == "\(facts.cpus)\n")
        #expect(try await runner.runText("cat", ["/proc/sys/kernel/random/boot_id"]) == facts.bootID + "\n")
        let memory = try await runner.runText("awk", ["/^MemTotal:/ { printf \"%.0f\", $2 * 1024 }", "/proc/meminfo"])
        #expect(memory == "\(facts.memory.bytes)")
        #expect(facts.effectiveUserID == geteuid())
        let flags = try await runner.runText("sh", ["-c", "grep -Ewm1 'vmx|svm' /proc/cpuinfo | wc -l"])
        #expect(flags == (facts.hasVirtualizationExtensions ? "1\n" : "0\n"))
        #expect(facts.kvmOpens == (access("/dev/kvm", R_OK | W_OK) == 0))
    }

    @Test("available memory is at most the total")
    func memory() throws {
        let memory = try HostMemory.read()
        #expect(memory.available > ByteCount(bytes: 0) && memory.available <= memory.total)
    }

    @Test("meminfo without its fields is nothing, and kB are KiB")
    func meminfo() {
        #expect(HostMemory(parsing: "MemTotal:       2 kB\nMemAvailable:   1 kB\n")?.total.bytes == 2048)
        #expect(HostMemory(parsing: "MemTotal:       2 kB\n") == nil)
        #expect(HostMemory(parsing: "MemTotal: x kB\nMemAvailable: 1 kB") == nil)
        #expect(HostMemory(parsing: "MemTotal: 9223372036854775807 kB\nMemAvailable: 1 kB") == nil)
    }

    @Test(
        "virtualization is a flag of its own, not a part of another's name",
        arguments: [
            ("flags\t\t: fpu vmx sse", true), ("flags\t\t: fpu svm", true), ("flags\t\t: fpu svm_lock vmxoff", false),
            ("vmx flags\t: vmx svm", false), ("", false),
        ])
    func processorFlags(line: String, offers: Bool) {
        let text = "processor\t: 0\nmodel name\t: Some: Processor\n\(line)\n\nprocessor\t: 1\nflags\t\t: vmx\n"
        let processor = ProcessorDescription(parsing: text)
        #expect(processor.hasVirtualizationExtensions == offers)
        #expect(processor.name == "Some: Processor")
    }

    @Test("a device that can't be opened says why")
    func kvm() async throws {
        try await withScratchFolder { folder in
            #expect(HostFacts.kvmFailure(at: "\(folder)/none") == .notFound)
            #expect(HostFacts.kvmFailure(at: "/dev/null") == nil)
        }
    }
}
