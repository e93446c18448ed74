import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

/// In a host that is a guest, since the kernels that this is developed on have no VLANs.
@Suite("VLANs", .serialized, .enabled(if: HostFacts.isRoot, "networks need root"), .timeLimit(.minutes(20)))
struct VLANTests {
    @Test("guests of a VLAN reach one another and the VLAN outside with its tag, and no others")
    func apart() async throws {
        try await GuestHost.with(memory: 768) { host in
            let runner = host.runner
            try await script(runner, Self.wiring)
            let folder = try ScratchFolder()
            let driver = BridgeSwitch(folder: folder.path, runner: runner)
            let plan = try SwitchPlan(
                shortID: "0a1b2c3d", kind: .external(adapter: "up0"), subnet: nil, servesAddresses: false)
            try await driver.ensureUp(plan)
            for tap in ["mlta0", "mltb0", "mltc0", "mltd0"] {
                try await script(runner, "ip link set \(tap) master \(plan.bridge) up")
            }
            let port = SwitchPort(plan: plan, runner: runner)
            func adapter(_ name: String, _ vlan: Int?) throws -> AdapterPlan {
                try AdapterPlan(tap: "mlt\(name)0", hardwareAddress: "52:54:00:00:00:0\(name)", vlan: vlan)
            }
            for (name, vlan) in [("a", 7), ("b", 7), ("c", 8), ("d", nil)] as [(String, Int?)] {
                try await port.change(try adapter(name, vlan), before: nil)
            }
            let apart = try await reached(runner)
            #expect(apart == ["b": true, "c": false, "d": false, "outside": true])
            try await port.change(try adapter("c", 7), before: try adapter("c", 8))
            try await port.change(try adapter("b", nil), before: try adapter("b", 7))
            let changed = try await reached(runner)
            #expect(changed == ["b": false, "c": true, "d": false, "outside": true])
            try await port.change(try adapter("a", nil), before: try adapter("a", 7))
            let untagged = try await reached(runner)
            #expect(untagged == ["b": true, "c": false, "d": true, "outside": false])
            try await driver.takeDown(plan)
        }
    }

    /// Whom the guest `a` reaches.
    private func reached(_ runner: CommandRunner) async throws -> [String: Bool] {
        var reached: [String: Bool] = [:]
        for (name, number) in [("b", 2), ("c", 3), ("d", 4), ("outside", 5)] {
            let answer = try await runner.runText(
                "sh", ["-c", "'ip netns exec a ping -q -c 2 -w 4 10.9.0.\(number) >/dev/null && echo yes || echo no'"])
            reached[name] = answer == "yes\n"
        }
        return reached
    }

    /// Guests `a` to `d` behind veth pairs with taps' names, and somebody outside, who has the VLAN's tag alone.
    private static let wiring = """
        set -e; modprobe 8021q
        number=0
        for name in a b c d; do
            number=$((number + 1))
            ip netns add $name
            ip link add mlt${name}0 type veth peer name eth0 netns $name address 52:54:00:00:00:0$name
            ip -n $name address add 10.9.0.$number/24 dev eth0
            ip -n $name link set eth0 up
        done
        ip netns add out
        ip link add up0 type veth peer name eth0 netns out
        ip link set up0 up
        ip -n out link set eth0 up
        ip -n out link add link eth0 name eth0.7 type vlan id 7
        ip -n out link set eth0.7 up
        ip -n out address add 10.9.0.5/24 dev eth0.7
        """

    /// Runs a script, which travels as standard input: nothing in it is quoted anew.
    private func script(_ runner: CommandRunner, _ text: String) async throws {
        try await runner.runText("sh", ["-s"], input: text + "\n")
    }
}
