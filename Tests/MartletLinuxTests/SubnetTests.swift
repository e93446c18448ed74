import MartletModel
import Testing

@testable import MartletLinux

@Suite("Networks and what a switch makes of them")
struct SubnetTests {
    @Test(
        "networks are read and written",
        arguments: [
            ("192.168.100.0/24", "192.168.100.0/24"), ("10.1.2.3/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"),
            ("1.2.3.4/0", "0.0.0.0/0"), ("255.255.255.255/32", "255.255.255.255/32"),
        ])
    func reading(text: String, expected: String) {
        #expect(IPv4Network(text)?.description == expected)
    }

    @Test(
        "what isn't a network is nil",
        arguments: [
            "", "default", "10.0.0/24", "10.0.0.0/33", "10.0.0.0/-1", "256.0.0.0/8", "10.0.0.0/", "fe80::/64",
            "1.2.3.4.5", "a.b.c.d/8",
        ])
    func notNetworks(text: String) {
        #expect(IPv4Network(text) == nil)
    }

    @Test(
        "networks overlap when one lies in the other",
        arguments: [
            ("10.0.0.0/8", "10.9.0.0/16", true), ("10.0.0.0/16", "10.1.0.0/16", false),
            ("0.0.0.0/0", "1.2.3.4/32", true),
            ("192.168.1.1", "192.168.1.0/24", true), ("192.168.0.0/24", "192.168.1.0/24", false),
        ])
    func overlap(left: String, right: String, expected: Bool) throws {
        let (left, right) = (try #require(IPv4Network(left)), try #require(IPv4Network(right)))
        #expect(left.overlaps(right) == expected && right.overlaps(left) == expected)
    }

    @Test(
        "the first free network is chosen",
        arguments: [
            ([], "192.168.100.0/24"), (["0.0.0.0/0"], "192.168.100.0/24"), (["192.168.100.7"], "192.168.101.0/24"),
            (["192.168.100.0/23", "192.168.102.128/25"], "192.168.103.0/24"),
            (["192.168.128.0/17", "192.168.64.0/18"], "192.168.10.0/24"),
            (["192.168.0.0/16"], "10.64.0.0/24"), (["192.168.0.0/16", "10.64.0.0/10"], "10.128.0.0/24"),
        ] as [([String], String)])
    func choice(taken: [String], expected: String) {
        #expect(SubnetChoice.first(avoiding: taken.compactMap { IPv4Network($0) })?.description == expected)
    }

    @Test("when everything is taken there is none")
    func noChoice() {
        let taken = ["192.168.0.0/16", "10.0.0.0/8"].compactMap { IPv4Network($0) }
        #expect(SubnetChoice.first(avoiding: taken) == nil)
    }

    @Test("all names of a switch follow from its id, and fit")
    func plan() throws {
        let plan = try SwitchPlan(shortID: "0a1b2c3d", subnet: "192.168.100.0/24")
        #expect(plan.bridge == "mlt0a1b2c3d" && plan.table == "martlet_0a1b2c3d")
        #expect(
            plan.gateway == "192.168.100.1" && plan.firstLease == "192.168.100.10"
                && plan.lastLease == "192.168.100.250")
        #expect(plan.hardwareAddress == "52:54:00:1b:2c:3d")
        #expect(try Tap.name(machine: "0a1b2c3d", index: 9999).utf8.count == 15)
    }

    @Test(
        "ids and networks that could become a part of a command are refused",
        arguments: [
            ("0a1b2c3", "192.168.100.0/24"), ("0a1b2c3D", "192.168.100.0/24"), ("0a1b2c;d", "192.168.100.0/24"),
            ("0a1b2c3d", "192.168.100.0/25"), ("0a1b2c3d", "192.168.100.1/24"), ("0a1b2c3d", "192.168.100.0/24\n"),
            ("0a1b2c3d", "192.168.0100.0/24"), ("٠a1b2c3d", "192.168.100.0/24"),
        ])
    func badPlan(shortID: String, subnet: String) async {
        #expect(await failure { _ = try SwitchPlan(shortID: shortID, subnet: subnet) }?.code == .invalidArgument)
    }

    @Test("tap names that aren't ours are refused", arguments: [-1, 10_000])
    func badTapName(index: Int) async {
        #expect(await failure { _ = try Tap.name(machine: "0a1b2c3d", index: index) }?.code == .invalidArgument)
    }
}
