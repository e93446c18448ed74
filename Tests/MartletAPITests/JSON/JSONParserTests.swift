import MartletAPI
import MartletModel
import Testing

@Suite("Reading JSON")
struct JSONParserTests {
    @Test("values are read as what they are")
    func values() throws {
        let value = try JSONParser.parse(
            Array(#" {"a": [1, -2.5, true, null], "b": {"c": "\u00fc\ud83d\ude00\n"}, "d": 1e3} "#.utf8))
        #expect(value == ["a": [1, .number(-2.5), true, .null], "b": ["c": "ü😀\n"], "d": .number(1000)])
    }

    @Test("what is written is read again, in either layout", arguments: [true, false])
    func roundTrip(isPretty: Bool) throws {
        let value: JSONValue = ["a\"\\\u{1}": [1, .number(0.5), "é\u{2028}"], "empty": [:], "none": []]
        #expect(try JSONParser.parse(Array(value.text(isPretty: isPretty).utf8)) == value)
    }

    @Test(
        "malformed JSON is refused, saying where",
        arguments: [
            "", " ", "{", "[1,]", "{\"a\":}", "{\"a\":1,}", "tru", "nul", "01", "1.", "1e", "+1", ".5", "--1", "\"",
            "\"\\x\"", "\"\\u12\"",
            "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\u{1}b\"", "1 2", "{\"a\" 1}", "{a:1}", "[1 2]",
            "1e999", "NaN", "'a'",
            "\u{FEFF}1",
        ]
    )
    func malformed(text: String) {
        #expect {
            try JSONParser.parse(Array(text.utf8))
        } throws: { error in
            (error as? MartletError)?.code == .invalidArgument && "\(error)".contains("at byte")
        }
    }

    @Test("a name twice in an object is refused by its name")
    func duplicates() {
        #expect {
            try JSONParser.parse(Array(#"{"a":1,"a":2}"#.utf8))
        } throws: { "\($0)".contains("'a' a second time") }
    }

    @Test("bytes that aren't UTF-8 are refused")
    func notUnicode() {
        #expect(throws: MartletError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
    }

    @Test("nesting ends at the limit, and a hostile million levels don't end us")
    func depth() throws {
        let limit = JSONParser.greatestDepth
        func nested(_ levels: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: levels) + Array(repeating: UInt8(ascii: "]"), count: levels)
        }
        #expect(throws: Never.self) { try JSONParser.parse(nested(limit)) }
        #expect(throws: MartletError.self) { try JSONParser.parse(nested(limit + 2)) }
        #expect(throws: MartletError.self) { try JSONParser.parse(nested(1_000_000)) }
    }
}
