import MartletAPI
import MartletLinux
import MartletModel
import Testing

@Suite("Holding values against schemas")
struct JSONSchemaTests {
    private func sentence(_ json: String, _ name: String) throws -> String? {
        let value = try JSONParser.parse(Array(json.utf8))
        return Schemas.validator.violation(of: value, by: .named(name))?.sentence(place: "the body")
    }

    @Test(
        "what is wrong is said with its place and the remedy",
        arguments: [
            (#"{"name":"a"}"#, "'capacity' is missing"),
            (#"{"name":"a","capacity":1048576,"x":1}"#, "'x' is not known here; leave it out"),
            (#"{"name":"a","capacity":"1GiB"}"#, "'capacity' is a string; give a whole number"),
            (#"{"name":"a","capacity":1048577}"#, "'capacity' is 1048577; give a multiple of 512"),
            (#"{"name":"a","capacity":512}"#, "'capacity' is 512; give at least 1048576"),
            (#"{"name":"a","capacity":1.5}"#, "'capacity' is 1.5; give a whole number"),
            (#"{"name":"a","capacity":1e30}"#, "'capacity' is out of range"),
            (#"{"name":"","capacity":1048576}"#, "'name' is empty"),
            (#"{"name":null,"capacity":1048576}"#, "'name' is null; give a string"),
            (#"[]"#, "the body is an array; give an object"),
        ]
    )
    func disks(json: String, expected: String) throws {
        #expect(try sentence(json, "CreateDiskRequest") == expected)
    }

    @Test(
        "of several variants, the one that was meant is spoken of",
        arguments: [
            (#"{"name":"a","generation":"direct"}"#, "'directBoot' is missing"),
            (
                #"{"name":"a","generation":"direct","directBoot":{"kernel":"k","append":""}}"#,
                "'directBoot.kernel' is not an absolute path; begin with '/' and don't end with it"
            ),
            (#"{"name":"a","directBoot":{"kernel":"/k","append":""}}"#, "'directBoot' is not known here; leave it out"),
            (
                #"{"name":"a","disks":[{"capacity":1048576},{"capacity":3}]}"#,
                "'disks[1].capacity' is 3; give at least 1048576"
            ),
            (#"{"name":"a","disks":[{"disk":""}]}"#, "'disks[0].disk' is empty"),
            (#"{"name":"a","memory":67108865}"#, "'memory' is 67108865; give a multiple of 1048576"),
        ]
    )
    func variants(json: String, expected: String) throws {
        #expect(try sentence(json, "CreateVirtualMachineRequest") == expected)
    }

    @Test(
        "what may be sent passes",
        arguments: [
            (#"{"name":"a"}"#, "CreateVirtualMachineRequest"),
            (
                #"{"name":"a","generation":"2","secureBoot":false,"memory":268435456.0,"cpus":2,"disks":[],"switches":[]}"#,
                "CreateVirtualMachineRequest"
            ),
            (
                #"{"name":"a","generation":"direct","directBoot":{"kernel":"/k","initrd":"/i","append":"x=1"}}"#,
                "CreateVirtualMachineRequest"
            ),
            (#"{}"#, "StartVirtualMachineRequest"),
            (#"{"turnOff":true,"timeoutInSeconds":3600}"#, "StopVirtualMachineRequest"),
            (#"{"name":"a","role":"viewer"}"#, "CreateTokenRequest"),
        ]
    )
    func accepted(json: String, name: String) throws { #expect(try sentence(json, name) == nil) }

    @Test("whole numbers written with a fraction of nothing are decoded too")
    func wholeNumbers() throws {
        let request: CreateDiskRequest = try WireJSON.decode(
            CreateDiskRequest.self,
            from: Array(#"{"name":"a","capacity":1048576.0}"#.utf8)
        )
        #expect(request.capacity == .mebibytes(1))
    }

    private static let names = [
        "web", "my machine", "仮想マシン", "a..b", "…", "a", "-a", "a-", ".", "..", "...", ".a", "a/b", "/", " a", "a ",
        "a\u{A0}", "\u{3000}a",
        "a\nb", "a\n", "a\u{202E}b", "a\u{AD}b", "a\u{E000}b", "a\u{F0000}", "\u{10FFFD}", "a\u{E0001}", "a\u{378}b",
        "😀", "a\u{7F}", "\u{0}", "",
        "00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000000x",
        "ABCDEFAB-0000-4000-8000-ABCDEFABCDEF",
        "-\u{301}a", "a/\u{301}b", "a \u{301}", "\u{301}", "a\u{110BD}", "a\u{110CD}b", "a\u{13430}", "a\u{1BCA0}",
        "a\u{1D173}", "a\u{600}b",
        "a\u{FEFF}", "\u{2028}", "a\u{85}b", "a\u{180E}b",
    ]

    /// Whether Python's expressions, which schemathesis goes by, find the pattern in each.
    ///
    /// Its `$` lets a last line break through, unlike ECMA-262's. Swift's own expressions refuse ranges that end in a scalar with another
    /// normal form, such as U+2000.
    private func python(finds pattern: String, in names: [String]) async throws -> [Bool] {
        let script =
            "import json, re, sys; d = json.load(sys.stdin); d[0] = d[0].replace('$', r'\\Z'); print(''.join('01'[bool(re.search(d[0], n))] for n in d[1]))"
        let input = JSONValue.array([.string(pattern), .array(names.map { .string($0) })]).text()
        let runner = CommandRunner(timeLimit: .seconds(120))
        return try await runner.runText("python3", ["-c", script], input: input).filter { $0 != "\n" }.map { $0 == "1" }
    }

    @Test("the document's pattern for names accepts exactly what the model accepts")
    func namePattern() async throws {
        let pattern = try #require(StringRule.newName.pattern)
        // What can be seen and what can't, in the first plane's scripts, beside the hand-picked ones.
        let scalars = (UInt32(0)...0x2FFF).compactMap(Unicode.Scalar.init).map { "a\(Character($0))b" }
        let names = Self.names + scalars
        let found = try await python(finds: pattern, in: names)
        #expect(found.count == names.count)
        for (name, isFound) in zip(names, found) {
            let isName = (try? ResourceName(name)) != nil
            if isFound != isName {
                Issue.record("they differ on \(name.unicodeScalars.map { String($0.value, radix: 16) })")
            }
            if (StringRule.newName.violation(of: name) == nil) != isName {
                Issue.record("the rule differs on '\(name)'")
            }
        }
    }

    @Test(
        "the other patterns accept exactly what their rules accept",
        arguments: [StringRule.entityTag, .absolutePath, .withoutNUL(longest: 99)])
    func patterns(rule: StringRule) async throws {
        let texts = [
            "*", "\"3\"", "3", "\"\"", "W/\"3\"", "-1", "1234567890123456789", "\"3", "٣", "/", "/a\0", "a", "\0", "",
            "/x y",
        ]
        let found = try await python(finds: try #require(rule.pattern), in: texts)
        for (text, isFound) in zip(texts, found) { #expect((rule.problem(text) == nil) == isFound, "\(text)") }
    }
}
