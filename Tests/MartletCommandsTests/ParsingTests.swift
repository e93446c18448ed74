import ArgumentParser
import MartletClient
import MartletFakeHost
import MartletModel
import Testing

@testable import MartletCommands

@Suite("Reading the command line")
struct ParsingTests {
    @Test("what every verb needs is enough for it", arguments: CommandCatalog.entries)
    func enough(entry: CommandCatalog.Entry) throws {
        for arguments in CatalogTests.runs[entry.name] ?? [] {
            let command = try MartletCommand.parseAsRoot(TrailingProgram.moved(arguments))
            let leaf = CommandCatalog.leaves.first { $0.name == entry.name }
            #expect(type(of: command) == leaf?.type)
        }
    }

    @Test(
        "what can't be is refused with code 2, a message on stderr, and nothing asked",
        arguments: [
            "vm create", "vm create x --generation 3", "vm create x --memory lots", "vm create x --memory 0",
            "vm create x --cpus 0",
            "vm create x --memory -1GiB", "vm create x --no-network --switch nat",
            "vm create x --no-secure-boot --generation 1",
            "vm create x --generation direct", "vm create x --kernel k", "vm create x --append a",
            "vm create x --start --no-wait",
            "vm create x y", "vm set x", "vm set x --cpus 0", "vm start", "vm stop x --turn-off --timeout 5s",
            "vm stop x --timeout 0",
            "vm stop x --timeout 2h", "vm stop x --timeout soon", "vm wait x --state on",
            "vm wait x --state off,,failed",
            "vm wait x --timeout -1s", "vm console x --history -1", "vm console x --until=", "vm delete",
            "vm frobnicate", "vm list extra",
            "vm list --state on", "vm list --output xml", "disk create x", "disk create x 1GiB --size 1GiB",
            "disk create x many",
            "operation list --state odd", "token create x", "token create x --role king", "completion tcsh",
            "frobnicate",
            "vm list --url https://x", "vm list --url https://x --fingerprint aa --root /r", "vm list --fingerprint aa",
            "vm list --token-file f", "vm list --root",
        ]
    )
    func refused(line: String) async throws {
        try await FakeHost.with(SimpleHost.answer) { host in
            var run = CommandRun(root: host.root)
            run.arguments = line.split(separator: " ").map(String.init)
            let result = await run.run()
            #expect(result.status == .usage)
            #expect(result.output == "")
            #expect(result.error.hasPrefix("martlet: "))
            #expect(host.requests.isEmpty)
        }
    }

    @Test("a machine's options become the request, relative files absolute, sizes told from disks")
    func create() throws {
        let command = try MartletCommand.parseAsRoot([
            "vm", "create", "héllo", "--generation", "direct", "--memory", "1.5GiB", "--cpus", "4", "--disk", "20GiB",
            "--disk",
            "data", "--kernel", "boot/vmlinuz", "--initrd", "/abs/initrd", "--append", "--console=ttyS0 quiet",
            "--switch", "a",
            "--switch", "b", "--notes", "n",
        ])
        let create = try #require(command as? VirtualMachineCreate)
        let request = create.request(in: CommandRun().context(Capture(), Capture()))
        #expect(
            request
                == CreateVirtualMachineRequest(
                    name: "héllo", notes: "n", generation: .direct, memory: ByteCount(bytes: 1_610_612_736), cpus: 4,
                    directBoot: .init(
                        kernel: "/work here/boot/vmlinuz", initrd: "/abs/initrd", append: "--console=ttyS0 quiet"),
                    disks: [.new(capacity: .gibibytes(20)), .existing("data")], switches: ["a", "b"]
                )
        )
    }

    @Test("what isn't given takes the documented default")
    func defaults() throws {
        let create = try #require(try MartletCommand.parseAsRoot(["vm", "create", "x"]) as? VirtualMachineCreate)
        #expect(
            create.request(in: CommandRun().context(Capture(), Capture()))
                == CreateVirtualMachineRequest(name: "x", generation: .uefi)
        )
        let none = try #require(
            try MartletCommand.parseAsRoot(["vm", "create", "x", "--no-network", "--no-secure-boot"])
                as? VirtualMachineCreate
        ).request(in: CommandRun().context(Capture(), Capture()))
        #expect(none.switches == [])
        #expect(none.settings.secureBoot == false)
    }

    @Test(
        "lengths of time",
        arguments: [
            ("90", 90_000), ("90s", 90_000), ("500ms", 500), ("5m", 300_000), ("5min", 300_000), ("2h", 7_200_000),
            ("1d", 86_400_000), ("1m30s", 90_000), ("0", 0), ("1000d", 86_400_000_000),
        ] as [(String, Int64)]
    )
    func spans(text: String, milliseconds: Int64) {
        #expect(TimeSpan(text)?.duration == .milliseconds(milliseconds))
    }

    @Test(
        "what is no length of time",
        arguments: ["", "s", "-1", "1 s", "1.5s", "5y", "1s2", "99999999999999999999", "1001d", "٣s", "1s-"]
    )
    func noSpans(text: String) {
        // `1s2` would be one second and two seconds: a unit may be left out only when it stands alone.
        #expect(TimeSpan(text) == nil)
    }

    @Test(
        "numbers of bytes",
        arguments: [
            ("256MiB", 268_435_456), ("20GiB", 21_474_836_480), ("1.5 GiB", 1_610_612_736), ("512M", 536_870_912),
            ("1048576", 1_048_576), ("1k", 1024), ("2tib", 2_199_023_255_552),
        ] as [(String, Int64)]
    )
    func sizes(text: String, bytes: Int64) {
        #expect(ByteCount(argument: text) == ByteCount(bytes: bytes))
    }

    @Test(
        "what is no number of bytes",
        arguments: ["", "0", "-1", "1.2.3G", "GiB", "1 PiB", "9999999999999T", "0x10", "1e3"])
    func noSizes(text: String) {
        #expect(ByteCount(argument: text) == nil)
    }

    @Test("the host is --root, else the environment's, else the account's own")
    func root() throws {
        var context = CommandRun().context(Capture(), Capture())
        context.environment = ["HOME": "/home/u"]
        let list = { try #require(try MartletCommand.parseAsRoot($0) as? VirtualMachineList) }
        #expect(try list(["vm", "list"]).host.address(in: context) == .root("/home/u/.local/share/martlet"))
        context.environment["MARTLET_ROOT"] = "state"
        #expect(try list(["vm", "list"]).host.address(in: context) == .root("/work here/state"))
        #expect(try list(["vm", "list", "--root", "/r/"]).host.address(in: context) == .root("/r"))
    }

    @Test("a remote host needs its fingerprint, and takes the token from a file alone")
    func remote() throws {
        let hex = String(repeating: "a", count: 64)
        let list = try #require(
            try MartletCommand.parseAsRoot(["vm", "list", "--url", "https://h:1", "--fingerprint", hex])
                as? VirtualMachineList
        )
        var context = CommandRun().context(Capture(), Capture())
        let without = try HostAddress.Remote(url: "https://h:1", fingerprint: CertificateFingerprint(hex), token: nil)
        #expect(try list.host.address(in: context) == .remote(without))
        context.environment["MARTLET_TOKEN_FILE"] = "/nonexistent/token"
        let error = #expect(throws: MartletError.self) { try list.host.address(in: context) }
        #expect(error?.code == .notFound)
    }

    @Test(
        "options of the host and the output may stand before the noun",
        arguments: [
            ("--root /r vm list", "vm list --root /r"), ("--root=/r -o json vm show x", "vm show x --root=/r -o json"),
            ("--output json vm show -- -x", "vm show --output json -- -x"), ("vm list --root /r", "vm list --root /r"),
            ("--root /r", "--root /r"), ("--help", "--help"), ("--version vm", "--version vm"), ("", ""),
        ]
    )
    func leading(line: String, moved: String) {
        let words = { (text: String) in text.split(separator: " ").map(String.init) }
        #expect(LeadingOptions.moved(words(line)) == words(moved))
    }
}
