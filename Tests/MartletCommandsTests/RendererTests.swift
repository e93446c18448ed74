import Foundation
import MartletFakeHost
import MartletLinux
import MartletModel
import Testing

@testable import MartletCommands

@Suite("Printing results")
struct RendererTests {
    /// A list and one of each kind of thing, in one format.
    private static func everything(_ format: OutputFormat) throws -> String {
        let renderer = Renderer(format, now: Sample.now)
        let failure = Failure(
            code: "qemuFailed", message: "QEMU ended with exit code 1",
            details: [.init("log", "first line\nlast \u{1B}[31mline")]
        )
        let operations = [
            Sample.operation(),
            Sample.operation(402, title: "stop größe", state: .failed, error: failure, messages: ["kept 'data'"]),
        ]
        return try [
            ("machines", renderer.list(Sample.machines)),
            ("machine", renderer.one(Sample.machine(state: .running))),
            ("failed machine", renderer.one(Sample.machine(state: .failed, cause: failure))),
            ("no machines", renderer.list([VirtualMachine]())),
            ("disks", renderer.list([Sample.disk(101), Sample.disk(102, name: "spare")])),
            ("images", renderer.list([Sample.image(), Sample.image(602, name: "installer", kind: .iso)])),
            ("image", renderer.one(Sample.image())),
            ("disk", renderer.one(Sample.disk(102))),
            ("switches", renderer.list([Sample.natSwitch, Sample.userSwitch])),
            ("switch", renderer.one(Sample.natSwitch)),
            ("operations", renderer.list(operations)),
            ("operation", renderer.one(operations[1])),
            ("host", renderer.one(Sample.host)),
            ("checks", renderer.list(Sample.checks)),
            ("tokens", renderer.list([Sample.token()])),
            ("token", renderer.one(CreatedToken(token: Sample.token(), secret: "s3cret"))),
        ].map { "== \($0)\n\($1)" }.joined()
    }

    @Test("each kind of thing reads as it does in the golden file", arguments: OutputFormat.allCases)
    func golden(format: OutputFormat) throws {
        try Golden.expect(Self.everything(format), "rendering/\(format.rawValue).txt")
    }

    @Test("no format lets a control character or a turn of direction through", arguments: OutputFormat.allCases)
    func escaped(format: OutputFormat) throws {
        for scalar in try Self.everything(format).unicodeScalars where scalar != "\n" {
            #expect(![.control, .format].contains(scalar.properties.generalCategory), "\(scalar.value)")
        }
    }

    @Test("JSON that was escaped means the same")
    func json() throws {
        let text = try Renderer(.json, now: Sample.now).list(Sample.machines)
        #expect(try JSONDecoder().decode([VirtualMachine].self, from: Data(text.utf8)) == Sample.machines)
        let objects = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        for object in objects {
            #expect(object["name"] is String && object["id"] is String && object["state"] is String)
        }
    }

    /// By PyYAML, which is strict about YAML 1.1: what it takes for a date is no JSON any more.
    @Test("YAML reads back as what it was, also where a name looks like something else")
    func yaml() async throws {
        let names = [
            "true", "null", "~", "1", "1e3", "0x1F", "2031-05-06", "52:54:00:12:34:56", "- x", "a: b", "a #b", "a:",
            "#", " ", "",
            "'\"", "back\\slash", "ünïcode 🐦", "\u{1B}[2J", "a\nb", "a\tb", "No", "/dev/vda", "x, y", "[a]", "{a}",
            "&a", "*a", "!a",
            "\u{E0001}", "\u{7F}", "e\u{301}", "=", "<<", "Ω", "web-1 (old)", "%a", "@a", "`a`", "|", ">", "?", "on",
            ".inf",
        ]
        try await expectReadBack(names)
        try await expectReadBack(Dictionary(uniqueKeysWithValues: names.map { ($0, [$0]) }))
        try await expectReadBack([Sample.machine(name: "true")])
        try await expectReadBack([0.3125, 0.5, 1e-7, 1].map { Sample.operation(progress: $0) })
        try await expectReadBack([["": [[String]]()], ["a": [["b"], [], ["c", "d"]]]])
        try await expectReadBack([Double.greatestFiniteMagnitude, 1e300, -.leastNonzeroMagnitude])
        try await expectReadBack([UInt64.max, 0])
    }

    private func expectReadBack<Value: Codable & Equatable>(_ value: Value) async throws {
        let program = URL(filePath: #filePath).deletingLastPathComponent().path() + "../../.build/venv/bin/python"
        let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.argv[1])))"
        let json = try await CommandRunner().runText(program, ["-c", script, try Renderer.yaml(value)])
        #expect(try JSONDecoder().decode(Value.self, from: Data(json.utf8)) == value)
    }

    @Test("an empty list is an empty array, and a table of titles alone")
    func empty() throws {
        #expect(try Renderer(.json, now: Sample.now).list([Disk]()) == "[\n\n]\n")
        #expect(try Renderer(.yaml, now: Sample.now).list([Disk]()) == "[]\n")
        let titles = "NAME  SIZE  ON DISK  FORMAT  POOL  MACHINE  SLOT  ID\n"
        #expect(try Renderer(.table, now: Sample.now).list([Disk]()) == titles)
    }

    @Test(
        "how wide text is on a terminal",
        arguments: [
            ("", 0), ("abc", 3), ("größe", 5), ("e\u{301}", 1), ("大きい", 6), ("🐦", 2), ("👩‍👩‍👧", 2), ("❤️", 2), ("ﾊﾝｶｸ", 4),
            ("Ｆ", 2), ("한글", 4),
            ("🇩🇪", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("नी", 2),
        ]
    )
    func width(text: String, columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
    }

    @Test("columns start at the same place in every row")
    func aligned() {
        let names = ["a", "größe", "大きい 🐦", "e\u{301}"]
        let table = Table(
            titles: ["NAME", "SIZE", "END"], alignments: [.left, .right, .left],
            rows: names.enumerated().map { [$1, String(repeating: "9", count: $0), "x"] }
        )
        let starts = table.text.split(separator: "\n").dropFirst().map { line in
            line.lastIndex(of: "x").map { DisplayWidth.of(String(line[..<$0])) }
        }
        #expect(Set(starts).count == 1)
    }

    @Test(
        "lengths of time for people",
        arguments: [
            (-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (7500, "2 h 5 min"),
            (86400, "1 d"),
            (360_000, "4 d 4 h"),
        ]
    )
    func ages(seconds: Int, text: String) {
        #expect(Age.text(.seconds(seconds)) == text)
    }
}
