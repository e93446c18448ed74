import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Taps", .enabled(if: isRoot, "networks need root"))
struct TapTests {
    @Test("a tap is made once however often it is asked for, and plugged in again")
    func createTwice() async throws {
        try await withBridge { host, tap in
            for _ in 0..<2 {
                try await tap.create(name: "mlt000000010", bridge: "mltbridge", ownerUID: 12345)
                let link = try await host.run("ip", ["-details", "link", "show", "dev", "mlt000000010"])
                #expect(link.contains("tun type tap") && link.contains("vnet_hdr on") && link.contains("user 12345"))
                #expect(link.contains("master mltbridge") && link.contains(",UP"))
            }
            let before = try await host.run("ip", ["-o", "link", "show", "dev", "mlt000000010"])
            try await host.ip("link set dev mlt000000010 nomaster down")
            try await tap.create(name: "mlt000000010", bridge: "mltbridge", ownerUID: 12345)
            // The number before the name tells that it is the same interface still.
            #expect(try await host.run("ip", ["-o", "link", "show", "dev", "mlt000000010"]) == before)
        }
    }

    @Test(
        "in the network of this process itself a tap is made without a program, once, and what is wrong is said all the same"
    )
    func ownNetwork() async throws {
        let (name, bridge) = ("mlt\(try SecureRandom.hex(byteCount: 4))0", "mlt\(try SecureRandom.hex(byteCount: 4))1")
        let (tap, runner) = (Tap(), CommandRunner())
        try await runner.run("ip", ["link", "add", "name", bridge, "up", "type", "bridge"])
        let result: Result<Void, any Error>
        do {
            for owner in [12345, 12345, 54321] as [UInt32] {
                try await tap.create(name: name, bridge: bridge, ownerUID: owner)
                let link = try await runner.runText("ip", ["-details", "link", "show", "dev", name])
                #expect(link.contains("tun type tap") && link.contains("vnet_hdr on") && link.contains("user \(owner)"))
                #expect(link.contains("persist on") && link.contains("master \(bridge)") && link.contains(",UP"))
            }
            try await tap.delete(name: name)
            let error = await failure { try await tap.create(name: name, bridge: "mltnone", ownerUID: 0) }
            #expect(error?.code == .commandFailed)
            result = .success(())
        } catch { result = .failure(error) }
        try await tap.delete(name: name)
        try await runner.run("ip", ["link", "delete", "dev", bridge])
        try result.get()
    }

    @Test("a tap of another user is made anew")
    func otherOwner() async throws {
        try await withBridge { host, tap in
            try await tap.create(name: "mlt000000010", bridge: "mltbridge", ownerUID: 12345)
            try await tap.create(name: "mlt000000010", bridge: "mltbridge", ownerUID: 0)
            let link = try await host.run("ip", ["-details", "link", "show", "dev", "mlt000000010"])
            #expect(!link.contains("user 12345") && link.contains("master mltbridge"))
        }
    }

    @Test("a tap is removed once and twice")
    func deleteTwice() async throws {
        try await withBridge { host, tap in
            try await tap.create(name: "mlt000000010", bridge: "mltbridge", ownerUID: 0)
            for _ in 0..<2 {
                try await tap.delete(name: "mlt000000010")
                #expect(try await !host.run("ip", ["link"]).contains("mlt000000010"))
            }
        }
    }

    @Test("without its bridge a tap is refused, and can be removed")
    func noBridge() async throws {
        try await withBridge { host, tap in
            let error = await failure { try await tap.create(name: "mlt000000010", bridge: "mltnone", ownerUID: 0) }
            #expect(error?.code == .commandFailed)
            try await tap.delete(name: "mlt000000010")
            #expect(try await !host.run("ip", ["link"]).contains("mlt000000010"))
        }
    }

    @Test("an interface that isn't a tap is left alone")
    func notTap() async throws {
        try await withBridge { host, tap in
            try await host.ip("link add name mlt000000010 type bridge")
            let error = await failure { try await tap.create(name: "mlt000000010", bridge: "mltbridge", ownerUID: 0) }
            #expect(error?.code == .alreadyExists)
        }
    }

    @Test(
        "names that aren't ours are refused",
        arguments: ["", "eth0", "mlt", "mlt\nlink delete dev lo", "mltABC", "mlt3456789012345"])
    func names(name: String) async {
        let tap = Tap(runner: CommandRunner(launcher: ["false"]))
        #expect(
            await failure { try await tap.create(name: name, bridge: "mltbridge", ownerUID: 0) }?.code
                == .invalidArgument)
        #expect(
            await failure { try await tap.create(name: "mlt1", bridge: name, ownerUID: 0) }?.code == .invalidArgument)
        #expect(await failure { try await tap.delete(name: name) }?.code == .invalidArgument)
    }

    private func withBridge(_ body: (NetworkNamespace, Tap) async throws -> Void) async throws {
        try await withNamespaces(1) { hosts in
            try await hosts[0].ip("link add name mltbridge type bridge", "link set dev mltbridge up")
            try await body(hosts[0], Tap(runner: hosts[0].runner))
        }
    }
}
