import MartletAPI
import MartletModel
import Testing

@Suite("What a request's first line asks for")
struct RequestTargetTests {
    @Test(
        "paths are cut and decoded",
        arguments: [
            ("/api/v1/vms", ["api", "v1", "vms"]), ("/api/v1/vms/", ["api", "v1", "vms", ""]),
            ("/a%20b/%C3%BC", ["a b", "ü"]),
            ("/a%2Fb", ["a/b"]), ("/", [""]), ("//a", ["", "a"]), ("/a+b", ["a+b"]), ("https://h:1/a?x=1", ["a"]),
            ("http://h", [""]), ("/a#frag", ["a"]),
        ]
    )
    func paths(text: String, segments: [String]) throws { #expect(try RequestTarget(text).segments == segments) }

    @Test("a query is read as forms write it")
    func query() throws {
        let pairs = try RequestTarget("/a?x=1&y=a+b%2B&z&=w&&x=2").query.map { "\($0.name)=\($0.value)" }
        #expect(pairs == ["x=1", "y=a b+", "z=", "=w", "x=2"])
    }

    @Test(
        "malformed percent-encoding is refused",
        arguments: ["/%", "/%4", "/%zz", "/%ff", "/%C3", "/a?x=%", "/a?%ff=1", "*", "", "a/b", "/%+1", "/% 1"]
    )
    func malformed(text: String) {
        #expect {
            try RequestTarget(text)
        } throws: { ($0 as? MartletError)?.code == .invalidArgument }
    }

    @Test(
        "entity tags",
        arguments: [
            ("*", true), ("\"3\"", true), ("3", true), ("W/\"3\"", false), ("\"3\", \"4\"", false), ("\"\"", false),
            ("\"", false), ("", false), ("\"-1\"", false), ("\"1234567890123456789\"", false), ("\"٣\"", false),
        ])
    func entityTags(text: String, isTag: Bool) { #expect((EntityTag(text) != nil) == isTag) }

    @Test("the same revision is read with and without quotation marks")
    func revisions() {
        #expect(EntityTag("\"7\"")?.revision == 7 && EntityTag("7")?.revision == 7 && EntityTag("*")?.revision == nil)
    }

    @Test("an event's data that has line breaks stays one event")
    func events() {
        #expect(
            ServerSentEvents.frame(id: 3, event: "vm.changed", data: "a\nb\r\n\nc")
                == "id: 3\nevent: vm.changed\ndata: a\ndata: b\ndata: \ndata: c\n\n"
        )
    }
}
