import MartletAPI
import Testing

@Suite("Prometheus' text format")
struct MetricFamilyTests {
    @Test("a family has its help, its type and its samples")
    func family() {
        var family = MetricFamily("martlet_x_bytes", .gauge, "What x holds.")
        family.add([.init("vm", "a"), .init("id", "1")], Int64(1 << 40))
        family.add([], 0.25)
        family.add([.init("vm", "unknown")], Optional<Double>.none)
        #expect(
            family.text == """
                # HELP martlet_x_bytes What x holds.
                # TYPE martlet_x_bytes gauge
                martlet_x_bytes{vm="a",id="1"} 1099511627776
                martlet_x_bytes 0.25

                """)
    }

    @Test("what a name may hold is escaped, and can't begin a line of its own")
    func escaping() {
        var family = MetricFamily("m", .counter, "a \\ b\nc")
        family.add([.init("vm", "q\" b\\ n\nx 1")], 1.0)
        #expect(
            family.text
                == "# HELP m a \\\\ b\\nc\n# TYPE m counter\nm{vm=\"q\\\" b\\\\ n\\nx 1\"} 1\n")
    }

    @Test("a family without samples tells its help and its type all the same")
    func empty() { #expect(MetricFamily("m", .gauge, "h").text == "# HELP m h\n# TYPE m gauge\n") }

    @Test("requests are counted by route and status, in order")
    func requests() {
        let counters = RequestCounters()
        for (route, status) in [("b", 200), ("a", 404), ("b", 200), ("a", 200)] {
            counters.answered(route, status: status)
        }
        #expect(
            counters.all.map { "\($0.key.route) \($0.key.status) \($0.count)" } == ["a 200 1", "a 404 1", "b 200 2"])
    }
}
